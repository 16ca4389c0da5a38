"""Subscriptions as blocks: made, shown, changed and deleted, and the events of each read and replayed.

A subscription belongs to an account. Whoever asks must have that account's token: one that Plivo may sign with, or
one that Plivo accepts, which is then taken for the account's new one.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any

from msgspec.structs import replace

from app.datatypes.credentials import Credentials
from app.errors import ConnectorError, Fate, InvalidFields, StoreUnavailable
from app.events import DeliveryState, StoredEvent, StoredSubscription, may_be_more
from app.events.attach import Attacher, what_was_done
from app.events.context import Service, told
from app.events.delivery import event_of
from app.events.normalise import UNKNOWN, iso_at
from app.events.results import results_of
from app.events.shown import made, shown_delivery, shown_subscription
from app.events.subscription import (
    RESULT_TYPES,
    Attachment,
    Content,
    Secret,
    Subscription,
    is_known_type,
    new_secret,
)

ROTATION = 24 * 3600.0
"""Seconds for which deliveries carry the signature of a replaced secret as well."""

MOST_OF_AN_ACCOUNT = 100

_TRIES = 5

Values = Mapping[str, Any]


class Subscriptions:
    """What the blocks of events do.

    Args:
        service: where everything is kept.
        attacher: changes applications at Plivo.
        prove: lets pass who has a token that Plivo accepts; raises ConnectorError.
        host: gives an address to the steps of an answer.
        types: the names of all types of event.
    """

    def __init__(
        self,
        service: Service,
        attacher: Attacher,
        *,
        prove: Callable[[Credentials], Awaitable[None]],
        host: Callable[[Any], Awaitable[str]],
        types: Sequence[str],
    ) -> None:
        self._service = service
        self._store = service.store
        self._contents = service.contents
        self._clock = service.clock
        self._arrived = service.arrived
        self._attacher = attacher
        self._prove = prove
        self._host = host
        self._types = (*types, UNKNOWN)

    async def create(self, credentials: Credentials, values: Values, key: str | None) -> dict[str, Any]:
        """Make a subscription; with the key of an earlier one return that, as it was made.

        Args:
            credentials: of the account.
            values: the block's args.
            key: the idempotency key.

        Raises:
            NotConfigured: PUBLIC_URL is not set.
            InvalidFields: a type of event, the number or the application does not exist, or there are too many.
            ConnectorError: Plivo could not be asked, or did not change what had to be.
        """
        self._service.check()
        if "appId" in values and "number" in values:
            raise InvalidFields({"number": "give number or appId, not both"})
        types = self._checked(values.get("events", ()))
        await self._prove(credentials)
        subscription_id = _id_for(credentials, key)
        if known := await self._find(subscription_id, credentials.auth_id):
            known = await self._attach(credentials, known, is_new=False)
            return made(known, self._address(known.id))
        with told():
            others = await self._store.list_subscriptions(credentials.auth_id)
        if len(others) >= MOST_OF_AN_ACCOUNT:
            raise InvalidFields({"authId": f"has {MOST_OF_AN_ACCOUNT} subscriptions already: delete one"})
        content = Content(
            tokens=(credentials.auth_token,),
            secrets=(Secret(new_secret()),),
            created_at=iso_at(int(self._clock())),
            url=values.get("url"),
            types=types,
            ordered=values.get("ordered", True),
            format=values.get("format", "plain"),
            reply=values.get("reply"),
            answer_url=await self._host(values["answer"]) if "answer" in values else None,
        )
        if "appId" in values or "number" in values:
            plan = await self._attacher.plan(
                credentials,
                self._address(subscription_id),
                app_id=values.get("appId"),
                number=values.get("number"),
                takes_calls=content.answer_url is not None,
            )
            content = replace(content, attached=plan)
        stored = StoredSubscription(subscription_id, credentials.auth_id, self._contents.seal(content))
        with told():
            is_new = await self._store.add_subscription(stored)
        subscription = Subscription(stored, content)
        if not is_new:  # a request with the same key was quicker
            subscription = await self._find(subscription_id, credentials.auth_id) or subscription
        subscription = await self._attach(credentials, subscription, is_new=is_new)
        return made(subscription, self._address(subscription.id))

    async def result_secret(self, credentials: Credentials) -> dict[str, Any]:
        """Return what verifies the outcomes that go to ``resultUrl``.

        Raises:
            ConnectorError: the token is not the account's, or that could not be found out.
        """
        await self._prove(credentials)
        with told():
            subscription = await results_of(self._service, credentials)
        return {"secret": subscription.content.secrets[0].text, "subscription_id": subscription.id}

    async def show_all(self, credentials: Credentials) -> dict[str, Any]:
        """Return the subscriptions of an account.

        Raises:
            ConnectorError: the token is not the account's, or that could not be found out.
        """
        await self._prove(credentials)
        with told():
            found = await self._store.list_subscriptions(credentials.auth_id)
            return {"objects": [self._shown(self._contents.open(stored)) for stored in found]}

    async def show(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Return a subscription.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        return self._shown(await self._own(credentials, values))

    async def update(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Change what is given, and make the subscription active again.

        Raises:
            InvalidFields: there is none of this id in this account, or a type of event does not exist.
        """
        changes: dict[str, Any] = {name: values[name] or None for name in ("url", "reply") if name in values} | {
            name: values[name] for name in ("ordered", "format") if name in values
        }
        if "events" in values:
            changes["types"] = self._checked(values["events"])
        subscription = await self._own(credentials, values)
        if subscription.content.is_for_results:
            raise InvalidFields({"subscriptionId": "holds what resultUrl is told, and has nothing to change"})
        changed = await self._change(subscription, lambda content: replace(content, **changes))
        self._arrived()
        return self._shown(changed)

    async def delete(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Put back at Plivo what the subscription had replaced, and forget it with its events.

        Raises:
            InvalidFields: there is none of this id in this account.
            ConnectorError: Plivo could not be asked; the subscription is still there.
        """
        subscription = await self._own(credentials, values)
        attached = subscription.content.attached
        outcome: dict[str, Any] = {"put_back": {}, "left_alone": {}}
        if attached is not None:
            try:
                if attached.created and await self._sharers(subscription):
                    # They need the copy: it is left to them, and only its addresses that are still ours go back.
                    attached = replace(attached, created=False)
                outcome = await self._attacher.undo(credentials, attached, _name_of_copy(subscription.id))
            except ConnectorError as error:
                raise what_was_done(error, "Nothing was deleted; call deleteSubscription again.") from None
            outcome["handed_over"] = await self._hand_over(subscription)
        with told():
            await self._store.remove_subscription(subscription.id)
        return {"subscription_id": subscription.id, "deleted": True, **outcome}

    async def rotate_secret(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Make a new secret; deliveries carry the old one's signature too for ROTATION.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        subscription = await self._own(credentials, values)
        until = self._clock() + ROTATION
        secret = Secret(new_secret())

        def rotated(content: Content) -> Content:
            old = [replace(content.secrets[0], until=until), *content.secrets[1:2]]
            return replace(content, secrets=(secret, *old))

        await self._change(subscription, rotated, activates=False)
        return {
            "subscription_id": subscription.id,
            "secret": secret.text,
            "old_secret_until": iso_at(int(until)),
        }

    async def read_events(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Return events after a cursor.

        Raises:
            InvalidFields: there is none of this id in this account, or a type of event does not exist.
        """
        readable = (*self._types, *RESULT_TYPES)
        types = self._checked(values.get("types", ()), readable)
        subscription = await self._own(credentials, values)
        wanted = [name for name in readable if any(is_known_type(one, [name]) for one in types)]
        after, limit = int(values.get("after", 0)), int(values.get("limit", 20))
        with told():
            found = await self._store.read_events(subscription.id, after=after, limit=limit, types=wanted)
            return {
                "events": [self._event(event) for event in found],
                "after": str(found[-1].sequence if found else after),
                "more": may_be_more(found, limit),
            }

    async def watch(
        self, subscription: str, after: int, limit: int, most_bytes: int
    ) -> tuple[Iterator[dict[str, Any]], bool]:
        """Return events of a subscription as they are shown, opened one by one, and whether more may follow."""
        with told():
            found = await self._store.read_events(subscription, after=after, limit=limit, most_bytes=most_bytes)
        return map(self._event, found), may_be_more(found, limit, most_bytes)

    def _event(self, event: StoredEvent) -> dict[str, Any]:
        return event_of(event, self._contents.open_event(event.content))

    async def read_deliveries(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Return what became of the deliveries of a subscription.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        subscription = await self._own(credentials, values)
        after, limit = int(values.get("after", 0)), int(values.get("limit", 20))
        states: list[DeliveryState] = ["pending", "delivered", "dead"]
        if "state" in values:
            states = [values["state"]]
        with told():
            found = await self._store.read_events(subscription.id, after=after, limit=limit, states=states)
        return {
            "deliveries": [shown_delivery(event) for event in found],
            "after": str(found[-1].sequence if found else after),
            "more": may_be_more(found, limit),
        }

    async def replay(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Deliver events again: one, all since a time, or all dead ones.

        Raises:
            InvalidFields: there is none of this id in this account, it is not active, or has no url.
        """
        subscription = await self._own(credentials, values)
        if not subscription.content.delivers or subscription.stored.state != "active":
            raise InvalidFields(
                {"subscriptionId": "delivers nothing at present: give it a url with updateSubscription first"}
            )
        since = values.get("since")
        with told():
            count = await self._store.replay(
                subscription.id,
                now=self._clock(),
                event=values.get("eventId"),
                since=None if since is None else datetime.fromisoformat(since).replace(tzinfo=UTC).timestamp(),
            )
        if "eventId" in values and not count:
            raise InvalidFields({"eventId": "is no event of this subscription, or is being delivered already"})
        self._arrived()
        return {"subscription_id": subscription.id, "replayed": count}

    async def watched(self, credentials: Credentials, subscription_id: str) -> str:
        """Return the id of a subscription that the credentials may read.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        return (await self._own(credentials, {"subscriptionId": subscription_id})).id

    async def _own(self, credentials: Credentials, values: Values) -> Subscription:
        found = await self._find(values["subscriptionId"], credentials.auth_id)
        if found is None:
            raise InvalidFields({"subscriptionId": "is no subscription of this account"})
        token = credentials.auth_token.encode()
        if any(hmac.compare_digest(token, known.encode()) for known in found.content.tokens):
            return found
        await self._prove(credentials)
        # Plivo takes it: the account's token was changed, and events will come signed with either for a while.
        return await self._change(
            found,
            lambda content: replace(content, tokens=(credentials.auth_token, *content.tokens[:1])),
            activates=False,
        )

    async def _find(self, subscription_id: str, account: str) -> Subscription | None:
        with told():
            stored = await self._store.read_subscription(subscription_id)
            return self._contents.open(stored) if stored and stored.account == account else None

    async def _change(
        self, subscription: Subscription, change: Callable[[Content], Content], *, activates: bool = True
    ) -> Subscription:
        with told():
            for _ in range(_TRIES):
                new = change(subscription.content)
                old = subscription.stored.content
                await self._store.replace_subscription(
                    subscription.id, old, self._contents.seal(new), activate=activates
                )
                found = await self._store.read_subscription(subscription.id)
                if found is None:
                    raise InvalidFields({"subscriptionId": "was deleted meanwhile"})
                subscription = self._contents.open(found)
                if subscription.content == new:
                    return subscription
        raise StoreUnavailable("The subscription is being changed by others all the time. Try again later.")

    async def _attach(self, credentials: Credentials, subscription: Subscription, *, is_new: bool) -> Subscription:
        """Do at Plivo what is planned; what is done already, or was by a process that died, is not done again."""
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

    async def _note(self, subscription: Subscription, **done: Any) -> Subscription:
        """Write down what was done of a plan."""

        def noted(content: Content) -> Content:
            attached = content.attached
            return content if attached is None else replace(content, attached=replace(attached, **done))

        return await self._change(subscription, noted, activates=False)

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
            with told():
                await self._store.remove_subscription(subscription.id)
        except ConnectorError:
            return left
        if plan.app_id is not None and plan.created:
            return f"Nothing was changed; the application {plan.app_id}, made for this, was deleted again."
        return "Nothing was changed."

    async def _sharers(self, leaving: Subscription) -> list[Subscription]:
        """Return the other subscriptions that are attached to the application of one."""
        with told():
            stored = await self._store.list_subscriptions(leaving.stored.account)
            others = [self._contents.open(one) for one in stored if one.id != leaving.id]
        its = leaving.content.attached
        return [one for one in others if its and one.content.attached and one.content.attached.app_id == its.app_id]

    async def _hand_over(self, leaving: Subscription) -> list[str]:
        """Let subscriptions that had replaced this one's address remember what this one had replaced."""
        address = self._address(leaving.id)
        below = leaving.content.attached
        changed = []
        if below is None:
            return []
        for other in await self._sharers(leaving):
            if other.content.attached and any(was == address for _, was in other.content.attached.fields.values()):
                await self._change(other, lambda content: _over(content, address, below), activates=False)
                changed.append(other.id)
        return changed

    def _address(self, subscription_id: str) -> str:
        return self._service.addresses + subscription_id

    def _shown(self, subscription: Subscription) -> dict[str, Any]:
        return shown_subscription(subscription, self._address(subscription.id))

    def _checked(self, wanted: Sequence[str], known: Sequence[str] = ()) -> tuple[str, ...]:
        unknown = [name for name in wanted if not is_known_type(name, known or self._types)]
        if unknown:
            raise InvalidFields(
                {"events": f"{unknown[0][:64]} is no type of event; the events of GET /api/Plivo lists all"}
            )
        return tuple(wanted)


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


def _id_for(credentials: Credentials, key: str | None) -> str:
    """Return the id of a new subscription: with a key the same as before, and one that only the token's owner finds."""
    if key is None:
        return f"sub_{token_urlsafe(18)}"
    text = f"{credentials.auth_id} subscription {key}".encode()
    return f"sub_{hmac.digest(credentials.auth_token.encode(), text, 'sha256').hex()[:32]}"
