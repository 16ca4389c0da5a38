"""A share of the event loop's time: work that grows with a caller's numbers lets others have theirs in between."""

import asyncio

TURN_SECONDS = 0.005
"""Seconds for which such work goes on before others have their turn."""


class Turn:
    """The turn of one piece of work; it begins when this is made."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._ends = self._now() + TURN_SECONDS

    async def give_way(self) -> None:
        """Let others have their turn if this one is over."""
        if self._now() >= self._ends:
            await asyncio.sleep(0)
            self._ends = self._now() + TURN_SECONDS
