"""Processes of one machine that share their limits, on a clock that passes only while everybody waits."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from app.ratelimit.quotas import Allowance
from app.ratelimit.sqlite import LeasedLimits
from app.storage import StoreError
from tests.support.virtual_time import now

if TYPE_CHECKING:
    from app.storage.sqlite import SqliteEngine

T = TypeVar("T")

WAY = 2.0
LONGEST = 20.0


class Machine:
    """The file that the processes share.

    Args:
        processes: how many there are.
        takes: seconds for one transaction.
        allowance: of an account, for all of them together.

    Attributes:
        limits: those of each process.
        is_broken: the file does not work.
        changes: transactions that changed something.
    """

    def __init__(self, processes: int, *, takes: float = 0.003, **allowance: Any) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._takes = takes
        self._busy = asyncio.Lock()
        self._processes = processes
        self._allowance = Allowance(**allowance)
        self.is_broken = False
        self.changes = 0
        self.limits = [self.start() for _ in range(processes)]

    def start(self) -> LeasedLimits:
        """Start one process more."""
        return LeasedLimits(
            cast("SqliteEngine", self),
            self._allowance,
            processes=self._processes,
            way=WAY,
            longest=LONGEST,
            clock=now,
        )

    async def stop(self) -> None:
        """End all processes."""
        for each in self.limits:
            await each.aclose()
        self._connection.close()

    def kill(self, limits: LeasedLimits) -> None:
        """End a process without another word."""
        self.limits.remove(limits)
        if limits._keeping is not None:
            limits._keeping.cancel()
            limits._keep_up = lambda: None  # type: ignore[method-assign]  # it does nothing any more

    def held(self) -> int:
        """Return how many places are held in all."""
        return int(self._connection.execute("SELECT coalesce(sum(held), 0) FROM limit_shares").fetchone()[0])

    def rows(self) -> int:
        """Return how many shares the file knows of."""
        return int(self._connection.execute("SELECT count(*) FROM limit_shares").fetchone()[0])

    # What the limits use of an engine.

    def add_schema(self, statements: str) -> None:
        self._connection.executescript(statements)

    async def run(self, job: Callable[[sqlite3.Connection], T], *, writes: bool = True) -> T:
        async with self._busy:
            await asyncio.sleep(self._takes)
            if self.is_broken:
                raise StoreError("broken")
            self.changes += writes
            return job(self._connection)
