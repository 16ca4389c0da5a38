"""When calls or messages may be made that are counted per second, for all processes that use one SQLite file.

Each request books a time of its own, so that together they are never faster than one process would be.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from app.errors import RateLimited
from app.storage import StoreError
from app.storage.clocks import name_of_boot
from app.storage.sqlite import SqliteEngine

_SCHEMA = """
CREATE TABLE IF NOT EXISTS limit_paces (
    queue TEXT PRIMARY KEY,
    boot TEXT NOT NULL,
    next REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS limit_paces_by_time ON limit_paces (next);
"""
_FIND = "SELECT next FROM limit_paces WHERE queue = :queue AND boot = :boot"
_BOOK = "INSERT OR REPLACE INTO limit_paces VALUES (:queue, :boot, :following)"
# Two for each that is added: those that are over go faster than new ones come.
_PURGE = "DELETE FROM limit_paces WHERE rowid IN (SELECT rowid FROM limit_paces WHERE next <= :now LIMIT 2)"
_GIVE_BACK = "UPDATE limit_paces SET next = :turn WHERE queue = :queue AND next = :following"


class Booking(NamedTuple):
    """The time of a request's calls or messages.

    Attributes:
        queue: what it was booked in.
        turn: when they may be made.
        following: when the next ones may.
    """

    queue: str
    turn: float
    following: float


class Paces:
    """The times that are booked.

    Args:
        engine: the file.
        clock: seconds that all processes agree on.
    """

    def __init__(self, engine: SqliteEngine, clock: Callable[[], float]) -> None:
        engine.add_schema(_SCHEMA)
        self._engine = engine
        self._clock = clock
        self._boot = name_of_boot()
        self._giving_back: set[asyncio.Task[None]] = set()

    async def wait(self, queue: str, pause: float, patience: float) -> Booking:
        """Book the next time, and wait for it.

        Args:
            queue: whose calls or messages they are.
            pause: seconds that must pass after them.
            patience: seconds.

        Raises:
            RateLimited: it is later; nothing is booked.
            StoreError: the file does not work.
        """
        now = self._clock()

        def book(connection: sqlite3.Connection) -> Booking:
            values = {"queue": queue, "boot": self._boot, "now": now}
            found = connection.execute(_FIND, values).fetchall()
            turn = max(now, found[0][0]) if found else now
            if turn <= now + patience:
                connection.execute(_PURGE, values)
                connection.execute(_BOOK, {**values, "following": turn + pause})
            return Booking(queue, turn, turn + pause)

        booking = await self._engine.run(book)
        if booking.turn > now + patience:
            raise RateLimited(booking.turn - now)
        try:
            await asyncio.sleep(max(0.0, booking.turn - self._clock()))
        except asyncio.CancelledError:
            self.give_back(booking)
            raise
        return booking

    def give_back(self, booking: Booking) -> None:
        """Undo a booking, unless somebody came after it and has made plans; nobody waits for that."""
        task = asyncio.create_task(self._give_back(booking))
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)

    async def aclose(self) -> None:
        """Finish what is under way."""
        await asyncio.gather(*self._giving_back)

    async def _give_back(self, booking: Booking) -> None:
        with suppress(StoreError):  # the time stays booked, and is over soon
            await self._engine.run(lambda connection: connection.execute(_GIVE_BACK, booking._asdict()).rowcount)
