"""Waiting for moments of the sandbox's clock, which somebody may move."""

import asyncio
import math
from collections.abc import Callable, Iterable

_LONGEST_NAP = 600.0
"""Seconds after which the clock is looked at again, however far away the moment is."""


class Timers:
    """Lets tasks wait.

    Args:
        clock: seconds since 1970.
        rests: is told when a task begins to wait.
    """

    def __init__(self, clock: Callable[[], float], rests: Callable[[], None]) -> None:
        self._clock = clock
        self._rests = rests
        self._naps: dict[asyncio.Future[None], tuple[float, asyncio.Task[object] | None]] = {}
        """Who waits, and until when."""

    async def until(self, moment: Callable[[], float]) -> None:
        """Wait until a moment has come, seconds since 1970; it is asked for again after each ``wake``."""
        while (due := moment()) > self._clock():
            await self._nap(due)

    async def at(self, moment: float) -> None:
        """Wait until a moment that stays, seconds since 1970."""
        await self.until(lambda: moment)

    def wake(self, due: float = math.inf) -> None:
        """Let those look again who wait until this moment or an earlier one: the clock was moved, or the moment."""
        for nap in [nap for nap, (moment, _) in self._naps.items() if moment <= due]:
            del self._naps[nap]
            if not nap.done():
                nap.set_result(None)

    @property
    def next_due(self) -> float:
        """The first moment that somebody waits for, seconds since 1970; infinite where nobody does."""
        return min((moment for moment, _ in self._naps.values()), default=math.inf)

    def are_waiting(self, tasks: Iterable[asyncio.Task[None]]) -> bool:
        """Say whether all these tasks wait for their moments."""
        waiting = {task for _, task in self._naps.values()}
        return all(task in waiting for task in tasks)

    async def _nap(self, due: float) -> None:
        nap = asyncio.get_running_loop().create_future()
        self._naps[nap] = (due, asyncio.current_task())
        self._rests()
        try:
            await asyncio.wait((nap,), timeout=min(due - self._clock(), _LONGEST_NAP))
        finally:
            self._naps.pop(nap, None)
            nap.cancel()
