"""Subscriptions, events and the queue of deliveries in a SQLite file; the statements say how they are laid out."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

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
    why_switched_off,
)
from app.events import sqlite_statements as sql
from app.events.replays import ReplayKey
from app.storage.sqlite import SqliteEngine

_PURGED_AT_ONCE = 500


class SqliteEvents:
    """An :class:`~app.events.EventStore` in a file.

    Args:
        engine: the file.
    """

    def __init__(self, engine: SqliteEngine) -> None:
        self._engine = engine
        engine.add_schema(sql.SCHEMA)

    async def add_subscription(self, subscription: StoredSubscription) -> bool:
        """See :meth:`app.events.EventStore.add_subscription`."""
        row = (subscription.id, subscription.account, subscription.content, subscription.state, subscription.reason)
        statement = (
            "INSERT OR IGNORE INTO event_subscriptions (id, account, content, state, reason) VALUES (?, ?, ?, ?, ?)"
        )
        return await self._engine.run(lambda connection: connection.execute(statement, row).rowcount == 1)

    async def read_subscription(self, subscription: str) -> StoredSubscription | None:
        """See :meth:`app.events.EventStore.read_subscription`."""
        found = await self._select(f"{sql.SUBSCRIPTION} WHERE id = :id", id=subscription)
        return StoredSubscription(*found[0]) if found else None

    async def list_subscriptions(self, account: str) -> list[StoredSubscription]:
        """See :meth:`app.events.EventStore.list_subscriptions`."""
        found = await self._select(f"{sql.SUBSCRIPTION} WHERE account = :account ORDER BY number", account=account)
        return [StoredSubscription(*row) for row in found]

    async def replace_subscription(self, subscription: str, old: bytes, new: bytes, *, activate: bool) -> bool:
        """See :meth:`app.events.EventStore.replace_subscription`."""
        revived = ", state = 'active', reason = '', failing_since = NULL" if activate else ""
        statement = f"UPDATE event_subscriptions SET content = ?{revived} WHERE id = ? AND content = ?"  # noqa: S608  # made of constants
        return await self._engine.run(
            lambda connection: connection.execute(statement, (new, subscription, old)).rowcount == 1
        )

    async def remove_subscription(self, subscription: str) -> bool:
        """See :meth:`app.events.EventStore.remove_subscription`."""

        def remove(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM events WHERE subscription = ?", (subscription,))
            connection.execute("DELETE FROM event_nonces WHERE subscription = ?", (subscription,))
            return connection.execute("DELETE FROM event_subscriptions WHERE id = ?", (subscription,)).rowcount == 1

        return await self._engine.run(remove)

    async def stop_subscription(self, subscription: str, state: SubscriptionState, reason: str) -> None:
        """See :meth:`app.events.EventStore.stop_subscription`."""
        await self._engine.run(lambda connection: _stop(connection, subscription, state, reason))

    async def receive(
        self, subscription: str, event: NewEvent, content: bytes, *, nonce: str, now: float, delivers: bool
    ) -> Outcome:
        """See :meth:`app.events.EventStore.receive`."""

        def receive(connection: sqlite3.Connection) -> Outcome:
            if nonce:
                values = {"subscription": subscription, "nonce": nonce, "now": now, "forgotten": now - NONCE_LIFE}
                connection.execute("DELETE FROM event_nonces WHERE seen <= :forgotten", values)
                marked = connection.execute(
                    "INSERT OR IGNORE INTO event_nonces VALUES (:subscription, :nonce, :now)", values
                )
                if marked.rowcount == 0:
                    return "replayed"
            known = "SELECT 1 FROM events WHERE subscription = ? AND id = ?"
            if connection.execute(known, (subscription, event.id)).fetchall():
                return "known"
            counted = connection.execute(
                "UPDATE event_subscriptions SET last_sequence = last_sequence + 1 WHERE id = ? "
                "RETURNING last_sequence, state",
                (subscription,),
            ).fetchall()
            if not counted:
                return "known"  # it was deleted meanwhile: nobody wants the event any more
            sequence, state = counted[0]
            connection.execute(
                sql.INSERT,
                {
                    "subscription": subscription,
                    "sequence": sequence,
                    "id": event.id,
                    "type": event.type,
                    "lane": event.lane,
                    "content": content,
                    "now": now,
                    "state": ("pending" if state == "active" else "dead") if delivers else "kept",
                },
            )
            return "stored"

        return await self._engine.run(receive)

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
        values = {
            "subscription": subscription,
            "after": after,
            "limit": limit,
            "types": json_text.render(list(types)).decode() if types else None,
            "states": json_text.render(list(states)).decode() if states else None,
        }

        def read(connection: sqlite3.Connection) -> list[StoredEvent]:
            found: list[StoredEvent] = []
            size = 0
            with closing(connection.execute(sql.READ, values)) as rows:
                for row in rows:
                    found.append(_event(row))
                    size += len(found[-1].content)
                    if size >= most_bytes:
                        break
            return found

        return await self._engine.run(read, writes=False)

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

        def replay(connection: sqlite3.Connection) -> int | None:
            if key is not None:
                connection.execute("DELETE FROM event_replays WHERE until <= ?", (now,))
                known = "SELECT asked, count FROM event_replays WHERE name = ?"
                for asked, count in connection.execute(known, (key.name,)).fetchall():
                    return int(count) if asked == key.asked else None
            values = {"subscription": subscription, "event": event, "since": since, "now": now}
            count = connection.execute(sql.REPLAY, values).rowcount
            if count:
                connection.execute(sql.PARK, values)
                connection.execute(sql.WAKE_ALL, values)
            if key is not None and (count or event is None):
                row = (key.name, key.asked, count, now + key.life)
                connection.execute("INSERT INTO event_replays VALUES (?, ?, ?, ?)", row)
            return count

        return await self._engine.run(replay)

    async def claim(
        self, owner: str, *, now: float, lease: float, limit: int, per_subscription: int, busy: Mapping[str, int]
    ) -> Claims:
        """See :meth:`app.events.EventStore.claim`."""

        def claim(connection: sqlite3.Connection) -> Claims:
            claimed: list[tuple[StoredEvent, StoredSubscription]] = []
            for row in connection.execute(sql.WITH_DUE, {"now": now}).fetchall():
                subscription = StoredSubscription(*row)
                room = min(limit - len(claimed), per_subscription - busy.get(subscription.id, 0))
                found = connection.execute(sql.DUE, (subscription.id, now, max(0, room))).fetchall()
                claimed += [(_event(event), subscription) for event in found]
            for event, _ in claimed:
                connection.execute(
                    "UPDATE events SET due = ?, owner = ? WHERE subscription = ? AND sequence = ?",
                    (now + lease, owner, event.subscription, event.sequence),
                )
            next_due = connection.execute(sql.NEXT_DUE, {"now": now}).fetchall()[0][0]
            return Claims(claimed, next_due)

        # Most looks find nothing, and those need not write.
        if not await self._select(f"{sql.WITH_DUE} LIMIT 1", now=now):
            return Claims([], (await self._select(sql.NEXT_DUE, now=now))[0][0])
        return await self._engine.run(claim)

    async def settle_delivered(self, event: StoredEvent, owner: str, *, now: float, http_status: int) -> None:
        """See :meth:`app.events.EventStore.settle_delivered`."""

        def settle(connection: sqlite3.Connection) -> None:
            values = _settling(event, owner, now=now, http_status=http_status)
            if connection.execute(sql.DELIVERED, values).rowcount:
                connection.execute(
                    "UPDATE event_subscriptions SET failing_since = NULL WHERE id = :subscription "
                    "AND failing_since IS NOT NULL",
                    values,
                )
                connection.execute(sql.WAKE, values)

        await self._engine.run(settle)

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

        def settle(connection: sqlite3.Connection) -> bool:
            values = _settling(event, owner, now=now, http_status=http_status, error=error, again=again)
            if not connection.execute(sql.FAILED, values).rowcount:
                return False
            connection.execute(sql.WAKE, values)
            since = connection.execute(
                "UPDATE event_subscriptions SET failing_since = coalesce(failing_since, :now) WHERE id = :subscription "
                "RETURNING failing_since",
                values,
            ).fetchall()
            is_off = bool(since) and now - since[0][0] >= off_after
            if is_off:
                _stop(connection, event.subscription, "off", why_switched_off(error))
            return is_off

        return await self._engine.run(settle)

    async def purge(self, before: float) -> int:
        """See :meth:`app.events.EventStore.purge`."""
        oldest = "SELECT subscription, sequence FROM events WHERE received < ? AND state <> 'pending' LIMIT ?"
        # Most looks find nothing, and those need not write.
        values = (before, 1)
        if not await self._engine.run(lambda connection: connection.execute(oldest, values).fetchall(), writes=False):
            return 0
        statement = f"DELETE FROM events WHERE (subscription, sequence) IN ({oldest})"  # noqa: S608  # made of constants
        return await self._engine.run(
            lambda connection: connection.execute(statement, (before, _PURGED_AT_ONCE)).rowcount
        )

    async def _select(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        return await self._engine.run(lambda connection: connection.execute(statement, values).fetchall(), writes=False)


def _event(row: Sequence[Any]) -> StoredEvent:
    subscription, sequence, name, event_type, lane, content, received, *delivery = row
    return StoredEvent(subscription, sequence, name, event_type, lane, content, received, Delivery(*delivery))


def _settling(event: StoredEvent, owner: str, **values: object) -> dict[str, object]:
    named = {"subscription": event.subscription, "sequence": event.sequence, "lane": event.lane, "owner": owner}
    return named | values


def _stop(connection: sqlite3.Connection, subscription: str, state: SubscriptionState, reason: str) -> None:
    values = {"subscription": subscription, "state": state, "reason": reason}
    connection.execute(sql.STOP, values)
    connection.execute(sql.BURY, values)
