"""Subscriptions and the applications that they are attached to: done as planned, undone, handed over to the next."""

from typing import Any

from msgspec.structs import replace

from app.datatypes.credentials import Credentials
from app.errors import ConnectorError, Fate, StoreUnavailable
from app.events.attach import Attacher, what_was_done
from app.events.context import Context, translated_errors
from app.events.held_answers import HeldAnswers
from app.events.ownership import Owned
from app.events.subscription import Attachment, Content, Subscription


class Attachments:
    """Attaches subscriptions and detaches them.

    Args:
        context: where everything is kept.
        owned: changes subscriptions.
        attacher: changes applications at Plivo.
        held: keeps the answers whose addresses subscriptions have taken the place of.
    """

    def __init__(self, context: Context, owned: Owned, attacher: Attacher, held: HeldAnswers) -> None:
        self._context = context
        self._store = context.store
        self._contents = context.contents
        self._owned = owned
        self._attacher = attacher
        self._held = held

    async def attach(self, credentials: Credentials, subscription: Subscription, *, is_new: bool) -> Subscription:
        """Do at Plivo what is planned; what is done already, or was by a process that died, is not done again.

        Args:
            credentials: of the account.
            subscription: which.
            is_new: it was made just now: where Plivo takes nothing it is forgotten again.

        Raises:
            ConnectorError: Plivo did not, or nobody knows; it says what became of the subscription.
        """
        plan = subscription.content.attached
        if plan is None or not plan.is_planned:
            return subscription
        try:
            if plan.created and plan.app_id is None:
                copy = await self._attacher.copy(credentials, plan, _name_of_copy(subscription.id))
                subscription = await self._note(subscription, app_id=copy)
                plan = replace(plan, app_id=copy)
            await self._attacher.carry_out(credentials, plan)
            return await self._note(subscription, is_planned=False)
        except ConnectorError as error:
            raise what_was_done(error, await self._given_up(credentials, subscription, error, is_new=is_new)) from None

    async def detach(self, credentials: Credentials, subscription: Subscription) -> dict[str, Any]:
        """Put back at Plivo what a subscription had replaced, and return what was and was not put back.

        Raises:
            ConnectorError: Plivo could not be asked; doing it again goes on where it stopped.
        """
        attached = subscription.content.attached
        if attached is None:
            return {"put_back": {}, "left_alone": {}}
        try:
            if attached.created and await self._sharers(subscription):
                # They need the copy: it is left to them, and only its addresses that are still ours go back.
                attached = replace(attached, created=False)
            outcome = await self._attacher.undo(credentials, attached, _name_of_copy(subscription.id))
        except ConnectorError as error:
            raise what_was_done(error, "Nothing was deleted; call deleteSubscription again.") from None
        return {**outcome, "handed_over": await self._hand_over(subscription)}

    async def _note(self, subscription: Subscription, **done: Any) -> Subscription:
        """Write down what was done of a plan."""

        def noted(content: Content) -> Content:
            attached = content.attached
            return content if attached is None else replace(content, attached=replace(attached, **done))

        return await self._owned.change(subscription, noted, activates=False)

    async def _given_up(
        self, credentials: Credentials, subscription: Subscription, error: ConnectorError, *, is_new: bool
    ) -> str:
        """Forget a subscription of which Plivo has taken nothing, and return what became of it."""
        left = (
            f"The subscription {subscription.id} was made, but whether Plivo took its address is not known. "
            "deleteSubscription puts back what was there."
        )
        plan = subscription.content.attached
        if plan is None or not is_new or error.fate is Fate.UNKNOWN or isinstance(error, StoreUnavailable):
            return left
        try:
            if plan.app_id is not None and plan.created:
                await self._attacher.undo(credentials, plan, _name_of_copy(subscription.id))
            with translated_errors():
                await self._store.remove_subscription(subscription.id)
            await self._held.release(subscription.id)
        except ConnectorError:
            return left
        if plan.app_id is not None and plan.created:
            return f"Nothing was changed; the application {plan.app_id}, made for this, was deleted again."
        return "Nothing was changed."

    async def _sharers(self, leaving: Subscription) -> list[Subscription]:
        """Return the other subscriptions that are attached to the application of one."""
        with translated_errors():
            stored = await self._store.list_subscriptions(leaving.stored.account)
            others = [self._contents.open(one) for one in stored if one.id != leaving.id]
        its = leaving.content.attached
        return [one for one in others if its and one.content.attached and one.content.attached.app_id == its.app_id]

    async def _hand_over(self, leaving: Subscription) -> list[str]:
        """Let subscriptions that had replaced this one's address remember what this one had replaced."""
        address = self._context.address(leaving.id)
        below = leaving.content.attached
        changed = []
        if below is None:
            return []
        for other in await self._sharers(leaving):
            if other.content.attached and any(was == address for _, was in other.content.attached.fields.values()):
                heir = await self._owned.change(other, lambda content: _over(content, address, below), activates=False)
                await self._held.take(other.id, heir.content)
                changed.append(other.id)
        return changed


def _over(content: Content, address: str, below: Attachment) -> Content:
    """Return the content of a subscription that remembers what the one below it had replaced."""
    above = content.attached
    if above is None:
        return content
    fields = dict(above.fields)
    for name, (new, was) in above.fields.items():
        if was == address and name in below.fields:
            fields[name] = (new, below.fields[name][1])
            method = name.replace("_url", "_method")
            fields[method] = (fields[method][0], below.fields[method][1])
    above = replace(above, fields=fields)
    if below.created:  # the copy is the other's by now, to be taken from the number at its end
        above = replace(above, created=True, number=below.number, number_app=below.number_app)
    return replace(content, attached=above)


def _name_of_copy(subscription_id: str) -> str:
    """Return the name of the application that is made for a subscription."""
    return f"events_{subscription_id.removeprefix('sub_')}"
