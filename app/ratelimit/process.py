"""The limits of one process."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Self

from app.ratelimit import LONGEST_WAY, TIME_TO_SEND, Slot, arrivals_after, push_back_after
from app.ratelimit.queue import Place, Queue
from app.ratelimit.quotas import PLIVO, Allowance, Bucket, Route


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
        self._queues: OrderedDict[tuple[str, Bucket], Queue] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many queues are remembered: accounts, each counted once per bucket."""
        return len(self._queues)

    def slot(self, account: str, route: Route, weight: int, deadline: float) -> Slot:
        """See :meth:`app.ratelimit.RateLimits.slot`."""
        return ProcessSlot(self.queue_of(account, route.bucket), route.lane, weight, deadline)

    def queue_of(self, account: str, bucket: Bucket) -> Queue:
        """Return the queue of an account at a bucket."""
        return self._queues.get((account, bucket)) or self._new_queue(account, bucket)

    async def aclose(self) -> None:
        """See :meth:`app.ratelimit.RateLimits.aclose`."""

    def _new_queue(self, account: str, bucket: Bucket) -> Queue:
        # Two are looked at for each one that is added, so that idle ones go faster than new ones come.
        for _ in range(min(2, len(self._queues))):
            key, queue = self._queues.popitem(last=False)
            if not queue.is_idle():
                self._queues[key] = queue
        queue = self._queues[account, bucket] = Queue(self._rules[bucket], self._clock)
        return queue


class ProcessSlot:
    """A slot in a queue of this process (see :class:`app.ratelimit.Slot`)."""

    __slots__ = ("_arrivals", "_deadline", "_has_departed", "_lane", "_place", "_queue", "_weight")

    def __init__(self, queue: Queue, lane: str, weight: int, deadline: float) -> None:
        self._queue = queue
        self._lane = lane
        self._weight = weight
        self._deadline = deadline
        self._place: Place | None = None
        self._has_departed = False
        self._arrivals = 0

    async def __aenter__(self) -> Self:
        # Where there is room, as nearly always, nothing is waited for.
        self._place = self._queue.take_now(self._weight, self._lane)
        if self._place is None:
            self._place = await self._queue.wait(self._weight, self._lane, self._patience())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is not None:
            self._arrivals = arrivals_after(error, has_departed=self._has_departed)
            if seconds := push_back_after(error):
                self._queue.push_back(self._lane, seconds)
        if self._place is not None:
            self._queue.end(self._place, self._arrivals)

    def depart(self) -> None:
        """See :class:`app.ratelimit.Slot`."""
        self._has_departed = True
        if self._place is not None:
            self._queue.depart(self._place)

    def arrived(self, tries: int) -> None:
        """See :class:`app.ratelimit.Slot`."""
        self._arrivals = tries

    def _patience(self) -> float:
        return self._deadline - TIME_TO_SEND - asyncio.get_running_loop().time()
