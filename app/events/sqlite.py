"""Subscriptions, events and the queue of deliveries in a SQLite file.

Of a lane only the oldest pending event has a time at which it is due; those behind it wait with none. A claim moves
that time to the end of its lease, so that an event of a process that died is due again by itself.
"""

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
)
from app.storage.sqlite import SqliteEngine

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event_subscriptions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    content BLOB NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    failing_since REAL,
    last_sequence INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS event_subscriptions_by_account ON event_subscriptions (account);
CREATE TABLE IF NOT EXISTS events (
    subscription TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    lane TEXT NOT NULL,
    content BLOB NOT NULL,
    received REAL NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL,
    http_status INTEGER,
    error TEXT,
    changed REAL,
    owner TEXT,
    PRIMARY KEY (subscription, sequence)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS events_by_id ON events (subscription, id);
CREATE INDEX IF NOT EXISTS events_by_age ON events (received) WHERE state <> 'pending';
CREATE INDEX IF NOT EXISTS events_due ON events (subscription, due) WHERE state = 'pending' AND due IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_in_lanes ON events (subscription, lane, sequence) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS event_nonces (
    subscription TEXT NOT NULL,
    nonce TEXT NOT NULL,
    seen REAL NOT NULL,
    PRIMARY KEY (subscription, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_nonces_by_age ON event_nonces (seen);
"""

_SUBSCRIPTION = "SELECT id, account, content, state, reason, failing_since FROM event_subscriptions"
_EVENT = """
SELECT subscription, sequence, id, type, lane, content, received, state, attempts, due, http_status, error, changed
FROM events
"""
_READ = f"""
{_EVENT} WHERE subscription = :subscription AND sequence > :after
AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
AND (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
ORDER BY sequence LIMIT :limit
"""  # noqa: S608  # made of constants
_DUE = f"{_EVENT} WHERE subscription = ? AND state = 'pending' AND due <= ? ORDER BY due, sequence LIMIT ?"
_INSERT = """
INSERT INTO events (subscription, sequence, id, type, lane, content, received, state, due)
VALUES (:subscription, :sequence, :id, :type, :lane, :content, :now, :state,
    CASE WHEN :state = 'pending' AND NOT EXISTS (
        SELECT 1 FROM events WHERE subscription = :subscription AND lane = :lane AND state = 'pending'
    ) THEN :now END)
"""
# The oldest of a lane becomes due, unless it is already.
_WAKE = """
UPDATE events SET due = :now WHERE subscription = :subscription AND state = 'pending' AND due IS NULL AND sequence = (
    SELECT min(sequence) FROM events WHERE subscription = :subscription AND lane = :lane AND state = 'pending'
)
"""
_WAKE_ALL = """
UPDATE events SET due = :now WHERE subscription = :subscription AND state = 'pending' AND due IS NULL AND NOT EXISTS (
    SELECT 1 FROM events AS older WHERE older.subscription = events.subscription AND older.lane = events.lane
    AND older.state = 'pending' AND older.sequence < events.sequence
)
"""
_STOP = "UPDATE event_subscriptions SET state = :state, reason = :reason WHERE id = :subscription AND state = 'active'"
_BURY = """
UPDATE events SET state = 'dead', due = NULL, owner = NULL, error = coalesce(error, :reason)
WHERE subscription = :subscription AND state = 'pending'
"""
_REPLAY = """
UPDATE events SET state = 'pending', attempts = 0, due = NULL, owner = NULL, error = NULL
WHERE subscription = :subscription AND state <> 'pending' AND CASE
    WHEN :event IS NOT NULL THEN id = :event WHEN :since IS NOT NULL THEN received >= :since ELSE state = 'dead' END
"""
_WITH_DUE = """
SELECT id, account, content, state, reason, failing_since FROM event_subscriptions
WHERE state = 'active' AND EXISTS (
    SELECT 1 FROM events WHERE subscription = event_subscriptions.id AND state = 'pending' AND due <= :now
)
"""
_NEXT_DUE = """
SELECT min(due) FROM events WHERE state = 'pending' AND due > :now
AND subscription IN (SELECT id FROM event_subscriptions WHERE state = 'active')
"""
_OWNED = "subscription = :subscription AND sequence = :sequence AND owner = :owner AND state = 'pending'"
_DELIVERED = f"""
UPDATE events SET state = 'delivered', attempts = attempts + 1, due = NULL, owner = NULL, http_status = :http_status,
    error = NULL, changed = :now WHERE {_OWNED}
"""  # noqa: S608  # made of constants
_FAILED = f"""
UPDATE events SET state = iif(:again IS NULL, 'dead', 'pending'), attempts = attempts + 1, due = :again, owner = NULL,
    http_status = :http_status, error = :error, changed = :now WHERE {_OWNED}
"""  # noqa: S608  # made of constants
_PURGED_AT_ONCE = 500


class SqliteEvents:
    """An :class:`~app.events.EventStore` in a file.

    Args:
        engine: the file.
    """

    def __init__(self, engine: SqliteEngine) -> None:
        self._engine = engine
        engine.add_schema(_SCHEMA)

    async def add_subscription(self, subscription: StoredSubscription) -> bool:
        """See :meth:`app.events.EventStore.add_subscription`."""
        row = (subscription.id, subscription.account, subscription.content, subscription.state, subscription.reason)
        statement = (
            "INSERT OR IGNORE INTO event_subscriptions (id, account, content, state, reason) VALUES (?, ?, ?, ?, ?)"
        )
        return await self._engine.run(lambda connection: connection.execute(statement, row).rowcount == 1)

    async def read_subscription(self, subscription: str) -> StoredSubscription | None:
        """See :meth:`app.events.EventStore.read_subscription`."""
        found = await self._select(f"{_SUBSCRIPTION} WHERE id = :id", id=subscription)
        return StoredSubscription(*found[0]) if found else None

    async def list_subscriptions(self, account: str) -> list[StoredSubscription]:
        """See :meth:`app.events.EventStore.list_subscriptions`."""
        found = await self._select(f"{_SUBSCRIPTION} WHERE account = :account ORDER BY number", account=account)
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
                _INSERT,
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
            with closing(connection.execute(_READ, values)) as rows:
                for row in rows:
                    found.append(_event(row))
                    size += len(found[-1].content)
                    if size >= most_bytes:
                        break
            return found

        return await self._engine.run(read, writes=False)

    async def replay(
        self, subscription: str, *, now: float, event: str | None = None, since: float | None = None
    ) -> int:
        """See :meth:`app.events.EventStore.replay`."""

        def replay(connection: sqlite3.Connection) -> int:
            values = {"subscription": subscription, "event": event, "since": since, "now": now}
            count = connection.execute(_REPLAY, values).rowcount
            if count:
                connection.execute(_WAKE_ALL, values)
            return count

        return await self._engine.run(replay)

    async def claim(
        self, owner: str, *, now: float, lease: float, limit: int, per_subscription: int, busy: Mapping[str, int]
    ) -> Claims:
        """See :meth:`app.events.EventStore.claim`."""

        def claim(connection: sqlite3.Connection) -> Claims:
            claimed: list[tuple[StoredEvent, StoredSubscription]] = []
            for row in connection.execute(_WITH_DUE, {"now": now}).fetchall():
                subscription = StoredSubscription(*row)
                room = min(limit - len(claimed), per_subscription - busy.get(subscription.id, 0))
                found = connection.execute(_DUE, (subscription.id, now, max(0, room))).fetchall()
                claimed += [(_event(event), subscription) for event in found]
            for event, _ in claimed:
                connection.execute(
                    "UPDATE events SET due = ?, owner = ? WHERE subscription = ? AND sequence = ?",
                    (now + lease, owner, event.subscription, event.sequence),
                )
            next_due = connection.execute(_NEXT_DUE, {"now": now}).fetchall()[0][0]
            return Claims(claimed, next_due)

        # Most looks find nothing, and those need not write.
        if not await self._select(f"{_WITH_DUE} LIMIT 1", now=now):
            return Claims([], (await self._select(_NEXT_DUE, now=now))[0][0])
        return await self._engine.run(claim)

    async def settle_delivered(self, event: StoredEvent, owner: str, *, now: float, http_status: int) -> None:
        """See :meth:`app.events.EventStore.settle_delivered`."""

        def settle(connection: sqlite3.Connection) -> None:
            values = _settling(event, owner, now=now, http_status=http_status)
            if connection.execute(_DELIVERED, values).rowcount:
                connection.execute(
                    "UPDATE event_subscriptions SET failing_since = NULL WHERE id = :subscription "
                    "AND failing_since IS NOT NULL",
                    values,
                )
                connection.execute(_WAKE, values)

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
            if not connection.execute(_FAILED, values).rowcount:
                return False
            connection.execute(_WAKE, values)
            since = connection.execute(
                "UPDATE event_subscriptions SET failing_since = coalesce(failing_since, :now) WHERE id = :subscription "
                "RETURNING failing_since",
                values,
            ).fetchall()
            is_off = bool(since) and now - since[0][0] >= off_after
            if is_off:
                _stop(connection, event.subscription, "off", f"every delivery failed for days, at last: {error}")
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
    connection.execute(_STOP, values)
    connection.execute(_BURY, values)
