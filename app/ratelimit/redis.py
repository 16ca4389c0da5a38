"""The limits of any number of processes and machines together: the queues of :mod:`app.ratelimit.queue`, kept in Redis.

Each step is one Lua script, so that it is atomic, and the server's clock tells the time. A process that waits keeps
its place in line by asking again when its turn is expected; one that is gone loses it. Places of requests whose end
nobody told come back by themselves. While the server cannot be reached, each process keeps to the limits alone: a
store that is down does not stop requests without an idempotency key.
"""

import asyncio
import time
from hashlib import sha256
from typing import Self
from uuid import uuid4

from app.errors import RateLimited
from app.ratelimit import LONGEST_WAY, TIME_TO_SEND, Slot, arrivals_after, push_back_after, scripts
from app.ratelimit.process import ProcessLimits
from app.ratelimit.queue import UNKNOWN_WAIT
from app.ratelimit.quotas import PLIVO, Allowance, Bucket, Route, Rule
from app.storage import StoreError
from app.storage.redis import RedisEngine

TIMEOUT = 1.0
"""Seconds for one answer; then the process goes on alone."""

TIME_ALONE = 1.0
"""Seconds before a server that did not answer is asked again."""

NEAREST = 0.01
FARTHEST = 0.25
"""Seconds between two looks for places that come back nobody knows when: the first in line looks most often."""

MISSING_AFTER = 2.0
"""Seconds for which one in line may be late before it loses its place."""

LIFETIME = 60.0
"""Seconds for which the server remembers a queue that nobody uses any more."""


class SharedLimits:
    """The limits of all processes that use one Redis server.

    Args:
        engine: the server.
        allowance: what one account may send from all of them together.
        way: seconds after which a request without an answer is taken to have arrived.
        lease: seconds after which a request about messages is over whose end nobody told; longer than any takes.
    """

    def __init__(
        self, engine: RedisEngine, allowance: Allowance = PLIVO, *, way: float = LONGEST_WAY, lease: float = 60.0
    ) -> None:
        self._engine = engine
        self._rules = allowance.rules(way)
        self._lease = lease
        self._alone = ProcessLimits(allowance, way=way)
        self._alone_until = 0.0

    def slot(self, account: str, route: Route, weight: int, deadline: float) -> Slot:
        """See :meth:`app.ratelimit.RateLimits.slot`."""
        alone = self._alone.slot(account, route, weight, deadline)
        # Requests that nothing is counted for need no server: each process has a pool of its own.
        if route.bucket is Bucket.OTHERS or time.monotonic() < self._alone_until:
            return alone
        queue = _SharedQueue(self._engine, account, route, self._rules[route.bucket], self._lease)
        return _SharedSlot(self, queue, alone, weight, deadline)

    def go_alone(self) -> None:
        """Ask the server nothing for a while: it did not answer."""
        self._alone_until = time.monotonic() + TIME_ALONE

    async def aclose(self) -> None:
        """See :meth:`app.ratelimit.RateLimits.aclose`."""


class _SharedSlot:
    """A slot that all processes know of (see :class:`app.ratelimit.Slot`).

    Where the server does not answer, it is the slot of this process alone.
    """

    def __init__(self, limits: SharedLimits, queue: "_SharedQueue", alone: Slot, weight: int, deadline: float) -> None:
        self._limits = limits
        self._queue = queue
        self._alone = alone
        self._is_alone = False
        self._weight = weight
        self._deadline = deadline
        self._has_departed = False
        self._arrivals = 0

    async def __aenter__(self) -> Self:
        patience = self._deadline - TIME_TO_SEND - asyncio.get_running_loop().time()
        try:
            await self._queue.come(self._weight, time.monotonic() + patience)
        except (StoreError, TimeoutError):
            self._limits.go_alone()
            self._is_alone = True
            await self._alone.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._is_alone:
            await self._alone.__aexit__(kind, error, trace)
            return
        if error is not None:
            self._arrivals = arrivals_after(error, has_departed=self._has_departed)
            if seconds := push_back_after(error):
                self._queue.push_back(seconds)
        self._queue.end(self._arrivals)

    def depart(self) -> None:
        self._has_departed = True
        if self._is_alone:
            self._alone.depart()
        else:
            self._queue.depart()

    def arrived(self, tries: int) -> None:
        self._arrivals = tries
        self._alone.arrived(tries)


class _SharedQueue:
    """One request in the queue of its account, on its way and when its turn has come."""

    def __init__(self, engine: RedisEngine, account: str, route: Route, rule: Rule, lease: float) -> None:
        self._engine = engine
        self._keys = _keys(account, route)
        self._rule = rule
        self._id = uuid4().hex
        self._window = _microseconds(rule.window)
        self._hold = rule.way + rule.window if rule.window else lease
        self._came_at = 0.0
        self._booked: tuple[str, str] | None = None
        """The end of the pause after this request's calls or messages, and the pause."""

    async def come(self, weight: int, latest: float) -> None:
        """Wait for the turn; raises RateLimited, and StoreError or TimeoutError where the server does not answer."""
        if not (weight and self._rule.pause):
            return await self._stand_in_line(latest)
        pause = _microseconds(weight * self._rule.pause)
        wait, (following,) = await self._ask(scripts.PAUSE, pause, _microseconds(latest - time.monotonic()))
        self._booked = str(following), pause
        try:
            await asyncio.sleep(wait)
            await self._stand_in_line(latest)
        except (RateLimited, asyncio.CancelledError):
            self._give_back_pause()
            raise

    def depart(self) -> None:
        """Count the place from now on."""
        # The server's own count from the turn on is good enough for all but a long wait.
        if self._rule.window and time.monotonic() - self._came_at > self._rule.way / 4:
            self._engine.run_later(scripts.LEAVE, self._keys, self._id, _microseconds(self._hold))

    def end(self, arrivals: int) -> None:
        """Give the place back, or leave the line."""
        if not arrivals:
            self._give_back_pause()
        lifetime = _milliseconds(self._hold + LIFETIME)
        self._engine.run_later(scripts.END, self._keys, self._id, self._window, str(arrivals), lifetime)

    def push_back(self, seconds: float) -> None:
        """Give the lane no turn for some seconds."""
        self._engine.run_later(scripts.PUSH_BACK, self._keys, _microseconds(seconds))

    def _give_back_pause(self) -> None:
        if self._booked is not None:
            self._engine.run_later(scripts.UNPAUSE, self._keys, *self._booked)
            self._booked = None

    async def _stand_in_line(self, latest: float) -> None:
        asked = 0
        limit, hold, missing = str(self._rule.limit), _microseconds(self._hold), _microseconds(MISSING_AFTER)
        try:
            while True:
                left = latest - time.monotonic()
                lifetime = _milliseconds(max(left, self._hold) + LIFETIME)
                wait, (ahead, *times) = await self._ask(
                    scripts.TAKE,
                    self._id,
                    limit,
                    self._window,
                    hold,
                    _microseconds(left),
                    missing,
                    lifetime,
                    str(asked),
                )
                if ahead < 0:
                    break
                (asked,) = times
                if not self._rule.window:
                    wait = max(wait, min(NEAREST * (1 + ahead / 4), FARTHEST, left))
                await asyncio.sleep(max(wait, 0.001))
        except asyncio.CancelledError:
            self.end(0)
            raise
        self._came_at = time.monotonic()

    async def _ask(self, script: str, *values: str) -> tuple[float, list[int]]:
        """Run a script that answers with the seconds to wait and further numbers.

        Raises:
            RateLimited: the script says that the wait is too long.
        """
        async with asyncio.timeout(TIMEOUT):
            is_soon, wait, *more = await self._engine.run(script, self._keys, *values)
        seconds = int(wait) / 1_000_000
        if not is_soon:
            raise RateLimited(seconds or UNKNOWN_WAIT)
        return seconds, [int(number) for number in more]


def _keys(account: str, route: Route) -> list[str]:
    # In braces: what a Redis cluster keeps together. Hashed: the server need not know who uses it.
    queue = f"limit:{{{sha256(account.encode()).hexdigest()[:32]}:{route.bucket}}}"
    return [f"{queue}:{part}" for part in ("out", "line", "due", f"blocked:{route.lane}", "next")]


def _microseconds(seconds: float) -> str:
    return str(round(seconds * 1_000_000))


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
