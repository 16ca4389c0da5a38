"""Keys in a SQLite file."""

import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from app.idempotency import KeyName, Row
from app.storage.clocks import AGE, Clocks, read_clocks
from app.storage.sqlite import SqliteEngine

_SCHEMA = """
CREATE TABLE IF NOT EXISTS idempotency_keys (
    name TEXT NOT NULL,
    token TEXT NOT NULL,
    is_proven INTEGER NOT NULL,
    state TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    owner TEXT NOT NULL,
    lease REAL NOT NULL,
    reply BLOB,
    boot TEXT NOT NULL,
    ticks REAL NOT NULL,
    wall REAL NOT NULL,
    PRIMARY KEY (name, token)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (wall);
"""

# What stands in the way: what this token may have sent, then what a proven token claimed, then a claim of its own.
_SELECT = f"""
SELECT state, fingerprint, reply, {AGE}, lease FROM idempotency_keys
WHERE name = :name AND (token = :token OR is_proven) AND {AGE} < :ttl
ORDER BY token = :token AND state <> 'claimed' DESC, token <> :token DESC LIMIT 1
"""  # noqa: S608  # made of constants
_CLAIM = """
INSERT OR REPLACE INTO idempotency_keys
    (name, token, is_proven, state, fingerprint, owner, lease, boot, ticks, wall)
VALUES (:name, :token, :is_proven, 'claimed', :fingerprint, :owner, :lease, :boot, :ticks, :wall)
"""
_OWNED = "name = :name AND token = :token AND owner = :owner"
_UNLESS_PROVEN_FOR_ANOTHER = f"""
NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE name = :name AND token <> :token AND is_proven AND {AGE} < :ttl)
"""  # noqa: S608  # made of constants
_CHANGE = f"""
UPDATE idempotency_keys SET state = :new, reply = :reply, boot = :boot, ticks = :ticks, wall = :wall
WHERE {_OWNED} AND state = :old AND (:new <> 'sending' OR {_UNLESS_PROVEN_FOR_ANOTHER})
"""  # noqa: S608  # made of constants
_PROVE = f"""
UPDATE idempotency_keys SET is_proven = 1 WHERE {_OWNED} AND state = 'done' AND {_UNLESS_PROVEN_FOR_ANOTHER}
"""  # noqa: S608  # made of constants
_FREE = f"DELETE FROM idempotency_keys WHERE {_OWNED} AND state IN ('claimed', 'sending')"  # noqa: S608  # made of constants
# Two for each new one: what has expired goes faster than new rows come, and no call pays for many.
_PURGE = f"""
DELETE FROM idempotency_keys WHERE {AGE} >= :ttl
AND rowid IN (SELECT rowid FROM idempotency_keys WHERE wall <= :wall - :ttl ORDER BY wall LIMIT 2)
"""  # noqa: S608  # made of constants


class SqliteKeys:
    """A :class:`~app.idempotency.KeyStore` in a file.

    Args:
        engine: the file.
        ttl: seconds for which a row is kept after its last change.
        clocks: reads the clocks.
    """

    def __init__(self, engine: SqliteEngine, *, ttl: float, clocks: Callable[[], Clocks] = read_clocks) -> None:
        self._engine = engine
        self._ttl = ttl
        self._clocks = clocks
        engine.add_schema(_SCHEMA)

    async def claim(self, key: KeyName, fingerprint: bytes, owner: str, lease: float) -> Row | None:
        """See :meth:`app.idempotency.KeyStore.claim`."""

        def claim(connection: sqlite3.Connection) -> Row | None:
            values = self._values(key, fingerprint=fingerprint, owner=owner, lease=lease)
            row = _row(connection, values)
            if row is not None and not (row.has_lapsed and row.fingerprint == fingerprint):
                return row
            connection.execute(_CLAIM, values)
            connection.execute(_PURGE, values)
            return None

        return await self._engine.run(claim)

    async def begin_sending(self, key: KeyName, owner: str) -> bool:
        """See :meth:`app.idempotency.KeyStore.begin_sending`."""
        return await self._change(key, owner, "claimed", "sending")

    async def finish(self, key: KeyName, owner: str, reply: bytes) -> None:
        """See :meth:`app.idempotency.KeyStore.finish`."""
        await self._change(key, owner, "sending", "done", reply)

    async def set_unknown(self, key: KeyName, owner: str) -> None:
        """See :meth:`app.idempotency.KeyStore.set_unknown`."""
        await self._change(key, owner, "sending", "unknown")

    async def free(self, key: KeyName, owner: str) -> None:
        """See :meth:`app.idempotency.KeyStore.free`."""
        values = {**key._asdict(), "owner": owner}
        await self._engine.run(lambda connection: connection.execute(_FREE, values).rowcount)

    async def read(self, key: KeyName) -> Row | None:
        """See :meth:`app.idempotency.KeyStore.read`."""
        return await self._engine.run(lambda connection: _row(connection, self._values(key)), writes=False)

    async def _change(self, key: KeyName, owner: str, old: str, new: str, reply: bytes | None = None) -> bool:
        def change(connection: sqlite3.Connection) -> bool:
            values = self._values(key, owner=owner, old=old, new=new, reply=reply)
            is_changed = connection.execute(_CHANGE, values).rowcount == 1
            if is_changed and new == "done" and not key.is_proven:
                connection.execute(_PROVE, values)
            return is_changed

        return await self._engine.run(change)

    def _values(self, key: KeyName, **values: Any) -> dict[str, Any]:
        return {**asdict(self._clocks()), "ttl": self._ttl, **key._asdict(), **values}


def _row(connection: sqlite3.Connection, values: dict[str, Any]) -> Row | None:
    found = connection.execute(_SELECT, values).fetchall()
    return Row(*found[0]) if found else None
