"""Answers in a SQLite file."""

import sqlite3
import time
from collections.abc import Callable

from app.storage.sqlite import SqliteEngine

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, sealed BLOB NOT NULL, expires REAL);
CREATE INDEX IF NOT EXISTS answers_by_expiry ON answers (expires);
"""
_PUT = "INSERT OR REPLACE INTO answers (key, sealed, expires) VALUES (?, ?, ?)"
# Two for each new one: what has expired goes faster than new ones come, and no call pays for many.
_PURGE = "DELETE FROM answers WHERE key IN (SELECT key FROM answers WHERE expires <= ? ORDER BY expires LIMIT 2)"
_GET = "SELECT sealed FROM answers WHERE key = ? AND (expires IS NULL OR expires > ?)"
_DROP = "DELETE FROM answers WHERE key = ?"


class SqliteAnswers:
    """An :class:`~app.answers.AnswerStore` in a file.

    Args:
        engine: the file.
        clock: seconds since 1970.
    """

    def __init__(self, engine: SqliteEngine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock
        engine.add_schema(_SCHEMA)

    async def put(self, key: str, sealed: bytes, lifetime: float | None) -> None:
        """See :meth:`app.answers.AnswerStore.put`."""
        now = self._clock()

        def put(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT, (key, sealed, None if lifetime is None else now + lifetime))
            connection.execute(_PURGE, (now,))

        await self._engine.run(put)

    async def get(self, key: str) -> bytes | None:
        """See :meth:`app.answers.AnswerStore.get`."""
        values = (key, self._clock())
        found = await self._engine.run(lambda connection: connection.execute(_GET, values).fetchall(), writes=False)
        return bytes(found[0][0]) if found else None

    async def drop(self, key: str) -> None:
        """See :meth:`app.answers.AnswerStore.drop`."""
        await self._engine.run(lambda connection: connection.execute(_DROP, (key,)))
