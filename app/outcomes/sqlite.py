"""Watches in a SQLite file."""

import sqlite3
from collections.abc import Sequence

from app.outcomes import StoredWatch
from app.storage.sqlite import SqliteEngine

_SCHEMA = """
CREATE TABLE IF NOT EXISTS watches (id TEXT PRIMARY KEY, content BLOB NOT NULL, due REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS watches_by_due ON watches (due);
"""
_ADD = "INSERT OR IGNORE INTO watches (id, content, due) VALUES (?, ?, ?)"
_PUT = "INSERT OR REPLACE INTO watches (id, content, due) VALUES (?, ?, ?)"
_DUE = "SELECT id, content, due FROM watches WHERE due <= ? ORDER BY due LIMIT ?"


class SqliteWatches:
    """A :class:`~app.outcomes.WatchStore` in a file.

    Args:
        engine: the file.
    """

    def __init__(self, engine: SqliteEngine) -> None:
        self._engine = engine
        engine.add_schema(_SCHEMA)

    async def add(self, watches: Sequence[StoredWatch], *, in_place_of: str | None = None) -> None:
        """See :meth:`app.outcomes.WatchStore.add`."""
        rows = [(watch.id, watch.content, watch.due) for watch in watches]

        def add(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM watches WHERE id = ?", (in_place_of,))
            connection.executemany(_ADD, rows)

        await self._engine.run(add)

    async def put(self, watch: StoredWatch) -> None:
        """See :meth:`app.outcomes.WatchStore.put`."""
        row = (watch.id, watch.content, watch.due)
        await self._engine.run(lambda connection: connection.execute(_PUT, row).rowcount)

    async def read(self, watch_id: str) -> bytes | None:
        """See :meth:`app.outcomes.WatchStore.read`."""
        found = await self._engine.run(
            lambda connection: connection.execute("SELECT content FROM watches WHERE id = ?", (watch_id,)).fetchall(),
            writes=False,
        )
        return bytes(found[0][0]) if found else None

    async def claim(self, *, now: float, lease: float, limit: int) -> tuple[list[StoredWatch], float | None]:
        """See :meth:`app.outcomes.WatchStore.claim`."""

        def claim(connection: sqlite3.Connection) -> tuple[list[StoredWatch], float | None]:
            claimed = [StoredWatch(*row) for row in connection.execute(_DUE, (now, limit)).fetchall()]
            connection.executemany(
                "UPDATE watches SET due = ? WHERE id = ?", [(now + lease, watch.id) for watch in claimed]
            )
            return claimed, _next(connection)

        # Most looks find nothing, and those need not write.
        due = await self._engine.run(_next, writes=False)
        return ([], due) if due is None or due > now else await self._engine.run(claim)

    async def settle(self, watch: StoredWatch, due: float | None) -> None:
        """See :meth:`app.outcomes.WatchStore.settle`."""

        def settle(connection: sqlite3.Connection) -> None:
            if due is None:
                connection.execute("DELETE FROM watches WHERE id = ? AND content = ?", (watch.id, watch.content))
            else:
                connection.execute(
                    "UPDATE watches SET due = ? WHERE id = ? AND content = ?", (due, watch.id, watch.content)
                )

        await self._engine.run(settle)


def _next(connection: sqlite3.Connection) -> float | None:
    due: float | None = connection.execute("SELECT min(due) FROM watches").fetchall()[0][0]
    return due
