"""Subscriptions, events and the queue of deliveries in a Redis server; the scripts say how they are laid out."""

import math
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any, cast

from app import json_text
from app.events import (
    MOST_READ_BYTES,
    NONCE_LIFE,
    Claims,
    Delivery,
    DeliveryState,
    NewEvent,
    Outcome,
    StoredEvent,
    StoredSubscription,
    SubscriptionState,
    may_be_more,
    why_switched_off,
)
from app.events.redis_delivery_scripts import CLAIM, DELIVERED, FAILED, PURGE
from app.events.redis_scripts import (
    ADD,
    CLEAR,
    LIST,
    READ,
    READ_EVENTS,
    RECEIVE,
    REMOVE,
    REPLACE,
    REPLAY,
    STOP,
)
from app.events.replays import ReplayKey
from app.storage import StoreError
from app.storage.redis import RedisEngine

_KEYS = ["{events}"]

_UNKEYED_LIFE = 60.0
"""Seconds between two scripts of a replay, at the most, for which the later one knows what the earlier one did."""


class RedisEvents:
    """An :class:`~app.events.EventStore` in a Redis server.

    Args:
        engine: the server.
    """

    def __init__(self, engine: RedisEngine) -> None:
        self._engine = engine

    async def add_subscription(self, subscription: StoredSubscription) -> bool:
        """See :meth:`app.events.EventStore.add_subscription`."""
        values = (subscription.id, subscription.account, subscription.content, subscription.state, subscription.reason)
        return bool(await self._run(ADD, *values))

    async def read_subscription(self, subscription: str) -> StoredSubscription | None:
        """See :meth:`app.events.EventStore.read_subscription`."""
        found = await self._run(READ, subscription)
        return _subscription(found) if found else None

    async def list_subscriptions(self, account: str) -> list[StoredSubscription]:
        """See :meth:`app.events.EventStore.list_subscriptions`."""
        return [_subscription(found) for found in await self._run(LIST, account)]

    async def replace_subscription(self, subscription: str, old: bytes, new: bytes, *, activate: bool) -> bool:
        """See :meth:`app.events.EventStore.replace_subscription`."""
        return bool(await self._run(REPLACE, subscription, old, new, "1" if activate else "0"))

    async def remove_subscription(self, subscription: str) -> bool:
        """See :meth:`app.events.EventStore.remove_subscription`."""
        is_removed = bool(await self._run(REMOVE, subscription))
        while is_removed and await self._run(CLEAR, subscription):
            pass
        return is_removed

    async def stop_subscription(self, subscription: str, state: SubscriptionState, reason: str) -> None:
        """See :meth:`app.events.EventStore.stop_subscription`."""
        await self._run(STOP, subscription, state, reason)

    async def receive(
        self, subscription: str, event: NewEvent, content: bytes, *, nonce: str, now: float, delivers: bool
    ) -> Outcome:
        """See :meth:`app.events.EventStore.receive`."""
        facts = (event.id, event.type, event.lane, content, nonce, _text(now), "1" if delivers else "0")
        outcome = await self._run(RECEIVE, subscription, *facts, str(int(NONCE_LIFE)), token_hex(8))
        return cast("Outcome", outcome.decode())

    async def read_events(
        self,
        subscription: str,
        *,
        after: int,
        limit: int,
        types: Sequence[str] = (),
        states: Sequence[DeliveryState] = (),
        most_bytes: int = MOST_READ_BYTES,
    ) -> list[StoredEvent]:
        """See :meth:`app.events.EventStore.read_events`."""
        wanted = (json_text.render(list(types)), json_text.render(list(states)))
        found: list[StoredEvent] = []
        last: bytes | None = b"%d" % after
        while last is not None and not may_be_more(found, limit, most_bytes):
            room = (str(limit - len(found)), str(most_bytes - sum(len(event.content) for event in found)))
            rows, last = await self._run(READ_EVENTS, subscription, last, *room, *wanted)
            found += [_event(row) for row in rows]
        return found

    async def replay(
        self,
        subscription: str,
        *,
        now: float,
        event: str | None = None,
        since: float | None = None,
        key: ReplayKey | None = None,
    ) -> int | None:
        """See :meth:`app.events.EventStore.replay`."""
        # One that nobody repeats is known by a name too: its scripts go on where the ones before them stopped.
        key = key or ReplayKey(token_hex(16), "", _UNKEYED_LIFE)
        chosen = (event or "", "" if since is None else _text(since))
        known = (key.name, key.asked, str(math.ceil(key.life)))
        while (found := await self._run(REPLAY, subscription, _text(now), *chosen, *known)) is not None:
            count, is_over = found
            if is_over:
                return int(count)
        return None

    async def claim(
        self, owner: str, *, now: float, lease: float, limit: int, per_subscription: int, busy: Mapping[str, int]
    ) -> Claims:
        """See :meth:`app.events.EventStore.claim`."""
        bounds = (str(limit), str(per_subscription), json_text.render(dict(busy)))
        found, next_due = await self._run(CLAIM, owner, _text(now), _text(now + lease), *bounds)
        return Claims([(_event(event), _subscription(whose)) for event, whose in found], _number(next_due))

    async def settle_delivered(self, event: StoredEvent, owner: str, *, now: float, http_status: int) -> None:
        """See :meth:`app.events.EventStore.settle_delivered`."""
        await self._run(DELIVERED, event.subscription, str(event.sequence), owner, _text(now), str(http_status))

    async def settle_failed(
        self,
        event: StoredEvent,
        owner: str,
        *,
        now: float,
        http_status: int | None,
        error: str,
        again: float | None,
        off_after: float,
    ) -> bool:
        """See :meth:`app.events.EventStore.settle_failed`."""
        outcome = await self._run(
            FAILED,
            event.subscription,
            str(event.sequence),
            owner,
            _text(now),
            "" if http_status is None else str(http_status),
            error,
            "" if again is None else _text(again),
            _text(off_after),
            why_switched_off(error),
        )
        return bool(outcome == 2)  # noqa: PLR2004  # what the script says

    async def purge(self, before: float) -> int:
        """See :meth:`app.events.EventStore.purge`."""
        count, removed = await self._run(PURGE, _text(before))
        if removed:
            await self._run(CLEAR, removed)
        return int(count)

    async def _run(self, script: str, *values: str | bytes) -> Any:
        return await self._engine.run(script, _KEYS, *values)


def _text(seconds: float) -> str:
    return f"{seconds:.6f}"


def _number(text: bytes | None) -> float | None:
    return float(text) if text else None


def _subscription(row: Any) -> StoredSubscription:
    try:
        name, account, content, state, reason, failing = row
        texts = (name.decode(), account.decode(), content, state.decode(), reason.decode())
        return StoredSubscription(*texts, _number(failing))
    except (ValueError, AttributeError, TypeError) as error:
        raise StoreError("Redis: the server answered with something else than a subscription") from error


def _event(row: Any) -> StoredEvent:
    try:
        sub, number, name, kind, lane, content, received, state, attempts, due, status, trouble, changed = row
        delivery = Delivery(
            cast("DeliveryState", state.decode()),
            int(attempts),
            _number(due),
            int(status) if status else None,
            trouble.decode() if trouble else None,
            _number(changed),
        )
        facts = (sub.decode(), int(number), name.decode(), kind.decode(), lane.decode(), content, float(received))
        return StoredEvent(*facts, delivery)
    except (ValueError, AttributeError, TypeError) as error:
        raise StoreError("Redis: the server answered with something else than an event") from error
