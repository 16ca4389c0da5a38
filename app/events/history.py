"""The events of subscriptions as blocks: read, watched, and delivered again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.datatypes.credentials import Credentials
from app.errors import IdempotencyConflict, InvalidFields
from app.events import DeliveryState, StoredEvent, may_be_more
from app.events.context import Context, translated_errors
from app.events.delivery import event_of
from app.events.ownership import Owned
from app.events.replays import replay_key
from app.events.shown import shown_delivery
from app.events.subscription import RESULT_TYPES, checked_types, is_known_type

Values = Mapping[str, Any]


class History:
    """What the blocks do that read events.

    Args:
        context: where everything is kept.
        owned: finds subscriptions.
        types: the names of all types of event.
        key_life: seconds for which the idempotency key of a replay is remembered.
    """

    def __init__(self, context: Context, owned: Owned, types: Sequence[str], *, key_life: float) -> None:
        self._store = context.store
        self._contents = context.contents
        self._clock = context.clock
        self._arrived = context.arrived
        self._owned = owned
        self._types = (*types, *RESULT_TYPES)
        self._key_life = key_life

    async def read_events(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Return events after a cursor.

        Raises:
            InvalidFields: there is none of this id in this account, or a type of event does not exist.
        """
        types = checked_types("types", values.get("types", ()), self._types)
        subscription = await self._owned.of(credentials, values["subscriptionId"])
        wanted = [name for name in self._types if any(is_known_type(one, [name]) for one in types)]
        after, limit = int(values.get("after", 0)), int(values.get("limit", 20))
        with translated_errors():
            found = await self._store.read_events(subscription.id, after=after, limit=limit, types=wanted)
            return {
                "events": [self._event(event) for event in found],
                "after": str(found[-1].sequence if found else after),
                "more": may_be_more(found, limit),
            }

    async def watch(
        self, subscription: str, after: int, limit: int, most_bytes: int
    ) -> tuple[Iterator[dict[str, Any]], bool]:
        """Return events of a subscription as they are shown, opened one by one, and whether more may follow.

        Raises:
            InvalidFields: there is no such subscription any more.
        """
        with translated_errors():
            found = await self._store.read_events(subscription, after=after, limit=limit, most_bytes=most_bytes)
            if not found and await self._store.read_subscription(subscription) is None:
                raise InvalidFields({"subscriptionId": "was deleted meanwhile"})
        return map(self._event, found), may_be_more(found, limit, most_bytes)

    def _event(self, event: StoredEvent) -> dict[str, Any]:
        return event_of(event, self._contents.open_event(event.content))

    async def read_deliveries(self, credentials: Credentials, values: Values) -> dict[str, Any]:
        """Return what became of the deliveries of a subscription.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        subscription = await self._owned.of(credentials, values["subscriptionId"])
        after, limit = int(values.get("after", 0)), int(values.get("limit", 20))
        states: list[DeliveryState] = ["pending", "delivered", "dead"]
        if "state" in values:
            states = [values["state"]]
        with translated_errors():
            found = await self._store.read_events(subscription.id, after=after, limit=limit, states=states)
        return {
            "deliveries": [shown_delivery(event) for event in found],
            "after": str(found[-1].sequence if found else after),
            "more": may_be_more(found, limit),
        }

    async def replay(self, credentials: Credentials, values: Values, key: str | None) -> dict[str, Any]:
        """Deliver events again: one, all since a time, or all dead ones.

        Args:
            credentials: of the account.
            values: the block's args.
            key: the idempotency key: with that of an earlier replay nothing is delivered once more.

        Raises:
            InvalidFields: there is none of this id in this account, it is not active, or has no url.
            IdempotencyConflict: the key belongs to a replay of something else.
        """
        subscription = await self._owned.of(credentials, values["subscriptionId"])
        if not subscription.content.delivers or subscription.stored.state != "active":
            raise InvalidFields(
                {"subscriptionId": "delivers nothing at present: give it a url with updateSubscription first"}
            )
        since, event = values.get("since"), values.get("eventId")
        unknown = InvalidFields({"eventId": "is not an event of this subscription, or is being delivered already"})
        if event is not None and not event.isascii():
            raise unknown  # half a character may be in it, which no store takes, and no id holds any other
        with translated_errors():
            count = await self._store.replay(
                subscription.id,
                now=self._clock(),
                event=event,
                since=None if since is None else datetime.fromisoformat(since).replace(tzinfo=UTC).timestamp(),
                key=None if key is None else replay_key(credentials.auth_id, key, values, life=self._key_life),
            )
        if count is None:
            raise IdempotencyConflict
        if event is not None and not count:
            raise unknown
        self._arrived()
        return {"subscription_id": subscription.id, "replayed": count}

    async def watched(self, credentials: Credentials, subscription_id: str) -> str:
        """Return the id of a subscription that the credentials may read.

        Raises:
            InvalidFields: there is none of this id in this account.
        """
        return (await self._owned.of(credentials, subscription_id)).id
