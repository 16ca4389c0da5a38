"""The limits of one process."""

import time
from collections import OrderedDict
from collections.abc import Callable

from app.ratelimit import LONGEST_PUSH_BACK, LONGEST_WAY, Turn
from app.ratelimit.queue import Line
from app.ratelimit.quotas import PLIVO, Allowance, Bucket


class ProcessLimits:
    """The limits of one process.

    Args:
        allowance: what one account may send from this process.
        way: seconds after which a request without an answer is taken to have arrived.
        clock: seconds, of any beginning; never goes back.
    """

    def __init__(
        self,
        allowance: Allowance = PLIVO,
        *,
        way: float = LONGEST_WAY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = allowance.rules(way)
        self._clock = clock
        self._lines: OrderedDict[tuple[str, Bucket], Line] = OrderedDict()

    @property
    def lines(self) -> int:
        """How many lines are remembered: accounts, each counted once per bucket."""
        return len(self._lines)

    def take_now(self, account: str, bucket: Bucket, weight: int) -> Turn | None:
        """See :meth:`Limits.take_now`."""
        return self._line_of(account, bucket).take_now(weight)

    async def take(self, account: str, bucket: Bucket, weight: int, patience: float) -> Turn:
        """See :meth:`Limits.take`. Where there is room it returns without waiting for anything."""
        line = self._line_of(account, bucket)
        return line.take_now(weight) or await line.wait(weight, patience)

    def push_back(self, account: str, bucket: Bucket, seconds: float) -> None:
        """See :meth:`Limits.push_back`."""
        self._line_of(account, bucket).push_back(min(seconds, LONGEST_PUSH_BACK))

    async def aclose(self) -> None:
        """See :meth:`Limits.aclose`."""

    def _line_of(self, account: str, bucket: Bucket) -> Line:
        return self._lines.get((account, bucket)) or self._new_line(account, bucket)

    def _new_line(self, account: str, bucket: Bucket) -> Line:
        # Two are looked at for each one that is added, so that idle ones go faster than new ones come.
        for _ in range(min(2, len(self._lines))):
            key, line = self._lines.popitem(last=False)
            if not line.is_idle():
                self._lines[key] = line
        line = self._lines[account, bucket] = Line(self._rules[bucket], self._clock)
        return line
