"""Subscriptions as blocks: made, shown, changed and deleted."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from msgspec.structs import replace

from app import egress, json_text
from app.answers.host import AnswerHost
from app.datatypes.credentials import Credentials
from app.errors import IdempotencyConflict, InvalidFields
from app.events import StoredSubscription
from app.events.attach import Attacher
from app.events.attachments import Attachments
from app.events.context import Context, translated_errors
from app.events.held_answers import HeldAnswers
from app.events.normalise import iso_at
from app.events.ownership import Owned
from app.events.results import results_of
from app.events.shown import made, shown_subscription
from app.events.subscription import (
    Content,
    Secret,
    Subscription,
    checked_types,
    new_secret,
)
from app.protocol.xml.characters import unwritable

ROTATION = 24 * 3600.0
"""Seconds for which deliveries carry the signature of a replaced secret as well."""

MOST_OF_AN_ACCOUNT = 100

Values = Mapping[str, Any]


class Subscriptions:
    """What the blocks of events do.

    Args:
        context: where everything is kept.
        owned: finds and changes them for whoever may.
        attacher: changes applications at Plivo.
        answers: hosts what calls that come in do.
        types: the names of all types of event.
        is_allowed: says whether an IP address may be delivered to; None: any may.
    """

    def __init__(
        self,
        context: Context,
        owned: Owned,
        attacher: Attacher,
        *,
        answers: AnswerHost,
        types: Sequence[str],
        is_allowed: Callable[[str], bool] | None,
    ) -> None:
        self._context = context
        self._store = context.store
        self._contents = context.contents
        self._clock = context.clock
        self._arrived = context.arrived
        self._owned = owned
        self._attacher = attacher
        self._held = HeldAnswers(answers)
        self._attachments = Attachments(context, owned, attacher, self._held)
        self._types = types
        self._is_allowed = is_allowed

    async def create(self, credentials: Credentials, values: Values, key: str | None) -> dict[str, Any]:
        """Make a subscription; with the key of an earlier one return that, as it was made.

        Args:
            credentials: of the account.
            values: the block's args.
            key: the idempotency key.

        Raises:
            NotConfigured: PUBLIC_URL is not set.
            InvalidFields: a type of event, the number or the application does not exist, or there are too many.
            IdempotencyConflict: the key belongs to a request with other fields.
            ConnectorError: Plivo could not be asked, or did not change what had to be.
        """
        self._context.check()
        self._check_url(values)
        _check_reply(values)
        if "appId" in values and "number" in values:
            raise InvalidFields({"number": "give number or appId, not both"})
        types = checked_types("events", values.get("events", ()), self._types)
        await self._owned.prove(credentials)
        subscription_id = _id_for(credentials, key)
        asked = "" if key is None else sha256(json_text.canonical(values)).hexdigest()
        if known := await self._owned.find(subscription_id, credentials.auth_id):
            _check_asked(known, asked)
            known = await self._attachments.attach(credentials, known, is_new=False)
            return made(known, self._context.address(known.id))
        with translated_errors():
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
            answer_url=await self._held.host(values["answer"]) if "answer" in values else None,
            asked=asked,
        )
        if "appId" in values or "number" in values:
            plan = await self._attacher.plan(
                credentials,
                self._context.address(subscription_id),
                app_id=values.get("appId"),
                number=values.get("number"),
                takes_calls=content.answer_url is not None,
            )
            content = replace(content, attached=plan)
        await self._held.take(subscription_id, content)
        stored = StoredSubscription(subscription_id, credentials.auth_id, self._contents.seal(content))
        with translated_errors():
            is_new = await self._store.add_subscription(stored)
        subscription = Subscription(stored, content)
        if not is_new:  # a request with the same key was quicker
            subscription = await self._owned.find(subscription_id, credentials.auth_id) or subscription
            _check_asked(subscription, asked)
        subscription = await self._attachments.attach(credentials, subscription, is_new=is_new)
        return made(subscription, self._context.address(subscription.id))

    async def result_secret(self, credentials: Credentials) -> dict[str, Any]:
        """Return what verifies the outcomes that go to ``resultUrl``.

        Raises:
            ConnectorError: the token is not the account's, or that could not be found out.
        """
        await self._owned.prove(credentials)
        with translated_errors():
            subscription = await results_of(self._context, credentials)
        return {"secret": subscription.content.secrets[0].text, "subscription_id": subscription.id}

    async def show_all(self, credentials: Credentials) -> dict[str, Any]:
        """Return the subscriptions of an account.

        Raises:
            ConnectorError: the token is not the account's, or that could not be found out.
        """
        await self._owned.prove(credentials)
        with translated_errors():
            found = await self._store.list_subscriptions(credentials.auth_id)
            return {"objects": [self._shown(self._contents.open(stored)) for stored in found]}

    async def show(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Return a subscription.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        return self._shown(await self._owned.of(credentials, values["subscriptionId"]))

    async def update(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Change what is given, and make the subscription active again.

        Raises:
            InvalidFields: there is none of this id in this account, or a type of event does not exist.
        """
        changes: dict[str, Any] = {name: values[name] or None for name in ("url", "reply") if name in values} | {
            name: values[name] for name in ("ordered", "format") if name in values
        }
        if "events" in values:
            changes["types"] = checked_types("events", values["events"], self._types)
        self._check_url(values)
        _check_reply(values)
        subscription = await self._owned.of(credentials, values["subscriptionId"])
        if subscription.content.is_for_results:
            raise InvalidFields({"subscriptionId": "holds what resultUrl is told, and has nothing to change"})
        changed = await self._owned.change(subscription, lambda content: replace(content, **changes))
        self._arrived()
        return self._shown(changed)

    async def delete(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Put back at Plivo what the subscription had replaced, and forget it with its events.

        Raises:
            InvalidFields: there is none of this id in this account.
            ConnectorError: Plivo could not be asked; the subscription is still there.
        """
        subscription = await self._owned.of(credentials, values["subscriptionId"])
        outcome = await self._attachments.detach(credentials, subscription)
        with translated_errors():
            await self._store.remove_subscription(subscription.id)
        await self._held.release(subscription.id)
        return {"subscription_id": subscription.id, "deleted": True, **outcome}

    async def rotate_secret(self, credentials: Credentials, values: Values, key: str | None) -> dict[str, Any]:
        """Make a new secret; deliveries carry the old one's signature too for ROTATION.

        Args:
            credentials: of the account.
            values: the block's args.
            key: the idempotency key: with that of the latest rotation nothing is made.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        subscription = await self._owned.of(credentials, values["subscriptionId"])
        until = self._clock() + ROTATION
        under = "" if key is None else sha256(key.encode()).hexdigest()
        secret = Secret(new_secret(), made_under=under)

        def rotated(content: Content) -> Content:
            if under and content.secrets[0].made_under == under:
                return content
            old = [replace(content.secrets[0], until=until), *content.secrets[1:2]]
            return replace(content, secrets=(secret, *old))

        secret, old, *_ = (await self._owned.change(subscription, rotated, activates=False)).content.secrets
        return {
            "subscription_id": subscription.id,
            "secret": secret.text,
            "old_secret_until": iso_at(int(old.until or until)),
        }

    def _check_url(self, values: Values) -> None:
        if values.get("url"):
            egress.refuse_private("url", values["url"], self._is_allowed)

    def _shown(self, subscription: Subscription) -> dict[str, Any]:
        return shown_subscription(subscription, self._context.address(subscription.id))


def _check_asked(known: Subscription, asked: str) -> None:
    if known.content.asked not in ("", asked):
        raise IdempotencyConflict


def _id_for(credentials: Credentials, key: str | None) -> str:
    """Return the id of a new subscription: with a key the same as before, and one that only the token's owner finds."""
    if key is None:
        return f"sub_{token_urlsafe(18)}"
    text = f"{credentials.auth_id} subscription {key}".encode()
    return f"sub_{hmac.digest(credentials.auth_token.encode(), text, 'sha256').hex()[:32]}"


def _check_reply(values: Values) -> None:
    """Refuse a reply that no answer to Plivo could carry."""
    if reason := unwritable(values.get("reply") or ""):
        raise InvalidFields({"reply": reason})
