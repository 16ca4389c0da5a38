"""Waiting for moments of the sandbox's clock, which somebody may move."""

import asyncio
from collections.abc import Callable

_LONGEST_NAP = 600.0
"""Seconds after which the clock is looked at again, however far away the moment is."""


class Timers:
    """Lets tasks wait.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._naps: set[asyncio.Future[None]] = set()

    async def until(self, moment: Callable[[], float]) -> None:
        """Wait until a moment has come, seconds since 1970; it is asked for again after each ``wake``."""
        while (left := moment() - self._clock()) > 0:
            await self._nap(min(left, _LONGEST_NAP))

    async def at(self, moment: float) -> None:
        """Wait until a moment that stays, seconds since 1970."""
        await self.until(lambda: moment)

    def wake(self) -> None:
        """Let everybody look again: the clock was moved, or what they wait for."""
        for nap in self._naps:
            if not nap.done():
                nap.set_result(None)

    async def _nap(self, seconds: float) -> None:
        nap = asyncio.get_running_loop().create_future()
        self._naps.add(nap)
        try:
            await asyncio.wait((nap,), timeout=seconds)
        finally:
            self._naps.discard(nap)
            nap.cancel()
