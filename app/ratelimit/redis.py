"""The limits of any number of processes and machines together: the lines of :mod:`app.ratelimit.queue`, kept in Redis.

Each step is one Lua script, so that it is atomic, and the server's clock tells the time. A process that waits keeps
its place in line by asking again when its turn is expected; one that is gone loses it. Places of requests whose end
nobody told come back by themselves. While the server cannot be reached, each process keeps to the limits alone: a
store that is down does not stop requests without an idempotency key.
"""

import asyncio
import time
from contextlib import suppress
from hashlib import sha256
from typing import Any
from uuid import uuid4

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import RedisError

from app.errors import RateLimited
from app.ratelimit import LONGEST_PUSH_BACK, LONGEST_WAY, Turn
from app.ratelimit import scripts as line_scripts
from app.ratelimit.process import ProcessLimits
from app.ratelimit.queue import UNKNOWN_WAIT
from app.ratelimit.quotas import PLIVO, Allowance, Bucket, Rule

CONNECTIONS = 50
"""Connections at one time; further calls wait for one."""

TIMEOUT = 1.0
"""Seconds for connecting, for one answer, and for a free connection; then the process goes on alone."""

TIME_ALONE = 1.0
"""Seconds before a server that did not answer is asked again."""

PREFIX = "plivo-connector:limit:"

NEAREST = 0.01
FARTHEST = 0.25
"""Seconds between two looks for places that come back nobody knows when: the first in line looks most often."""

MISSING_AFTER = 2.0
"""Seconds for which one in line may be late before it loses its place."""

LIFETIME = 60.0
"""Seconds for which the server remembers a line that nobody uses any more."""


class SharedLimits:
    """The limits of all processes that use one Redis server.

    Args:
        url: ``redis://user:password@host:port/db``, or ``rediss://`` for TLS.
        allowance: what one account may send from all of them together.
        way: seconds after which a request without an answer is taken to have arrived.
        lease: seconds after which a request about messages is over whose end nobody told; longer than any takes.
    """

    def __init__(
        self, url: str, allowance: Allowance = PLIVO, *, way: float = LONGEST_WAY, lease: float = 60.0
    ) -> None:
        self._server = _Server(url)
        self._rules = allowance.rules(way)
        self._lease = lease
        self._alone = ProcessLimits(allowance, way=way)
        self._alone_until = 0.0

    def take_now(self, account: str, bucket: Bucket, weight: int) -> Turn | None:  # noqa: ARG002  # as the others
        """See :meth:`app.ratelimit.Limits.take_now`: only the server knows."""
        return None

    async def take(self, account: str, bucket: Bucket, weight: int, patience: float) -> Turn:
        """See :meth:`app.ratelimit.Limits.take`."""
        latest = time.monotonic() + patience
        if time.monotonic() >= self._alone_until:
            turn = _SharedTurn(self._server, _keys(account, bucket), self._rules[bucket], self._lease)
            try:
                await turn.come(weight, latest)
            except _Unreachable:
                self._alone_until = time.monotonic() + TIME_ALONE
            else:
                return turn
        return await self._alone.take(account, bucket, weight, latest - time.monotonic())

    def push_back(self, account: str, bucket: Bucket, seconds: float) -> None:
        """See :meth:`app.ratelimit.Limits.push_back`."""
        seconds = min(seconds, LONGEST_PUSH_BACK)
        self._alone.push_back(account, bucket, seconds)
        self._server.run_later(line_scripts.PUSH_BACK, _keys(account, bucket), _microseconds(seconds))

    async def aclose(self) -> None:
        """See :meth:`app.ratelimit.Limits.aclose`."""
        await self._server.aclose()


class _SharedTurn:
    """The turn of one request, on its way and when it has come."""

    def __init__(self, server: "_Server", keys: list[str], rule: Rule, lease: float) -> None:
        self._server = server
        self._keys = keys
        self._rule = rule
        self._id = uuid4().hex
        self._window = _microseconds(rule.window)
        self._hold = rule.way + rule.window if rule.window else lease
        self._came_at = 0.0

    async def come(self, weight: int, latest: float) -> None:
        if not (weight and self._rule.pause):
            return await self._stand_in_line(latest)
        pause = _microseconds(weight * self._rule.pause)
        wait, following = await self._ask(line_scripts.PAUSE, pause, _microseconds(latest - time.monotonic()))
        try:
            await asyncio.sleep(wait)
            await self._stand_in_line(latest)
        except (RateLimited, asyncio.CancelledError):
            self._server.run_later(line_scripts.UNPAUSE, self._keys, str(following), pause)
            raise

    def leave(self) -> None:
        # The server's own count from the turn on is good enough for all but a long wait.
        if self._rule.window and time.monotonic() - self._came_at > self._rule.way / 4:
            self._server.run_later(line_scripts.LEAVE, self._keys, self._id, _microseconds(self._hold))

    def end(self, arrivals: int) -> None:
        lifetime = _milliseconds(self._hold + LIFETIME)
        self._server.run_later(line_scripts.END, self._keys, self._id, self._window, str(arrivals), lifetime)

    async def _stand_in_line(self, latest: float) -> None:
        limit, hold, missing = str(self._rule.limit), _microseconds(self._hold), _microseconds(MISSING_AFTER)
        try:
            while True:
                left = latest - time.monotonic()
                lifetime = _milliseconds(max(left, self._hold) + LIFETIME)
                wait, ahead = await self._ask(
                    line_scripts.TAKE, self._id, limit, self._window, hold, _microseconds(left), missing, lifetime
                )
                if ahead < 0:
                    break
                if not self._rule.window:
                    wait = max(wait, min(NEAREST * (1 + ahead / 4), FARTHEST, left))
                await asyncio.sleep(max(wait, 0.001))
        except asyncio.CancelledError:
            self.end(0)
            raise
        self._came_at = time.monotonic()

    async def _ask(self, script: str, *values: str) -> tuple[float, int]:
        """Run a script that answers with the seconds to wait and one number more.

        Raises:
            RateLimited: the script says that the wait is too long.
        """
        is_soon, wait, more = await self._server.run(script, self._keys, *values)
        seconds = int(wait) / 1_000_000
        if not is_soon:
            raise RateLimited(seconds or UNKNOWN_WAIT)
        return seconds, int(more)


class _Unreachable(Exception):
    """The server cannot be reached, or answers wrongly."""


class _Server:
    """The Redis server, and what is told to it while nobody waits for an answer."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._scripts = {script: self._redis.register_script(script) for script in line_scripts.ALL}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def run(self, script: str, keys: list[str], *values: str) -> Any:
        try:
            try:
                return await self._scripts[script](keys, values)
            except LostConnectionError:
                # A server that was restarted has lost all of them. To run any of the scripts twice does no harm.
                return await self._scripts[script](keys, values)
        # uvloop says RuntimeError where it writes to a connection that was lost meanwhile.
        except (RedisError, OSError, RuntimeError) as error:
            raise _Unreachable from error

    def run_later(self, script: str, keys: list[str], *values: str) -> None:
        if not self._is_closed:
            task = asyncio.create_task(self._run_quietly(script, keys, *values))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        # Whoever is cancelled from here on must open no new connection: the loop may be about to close.
        self._is_closed = True
        await asyncio.gather(*self._tasks)
        await self._redis.aclose()

    async def _run_quietly(self, script: str, keys: list[str], *values: str) -> None:
        # What could not be told does no harm for long: places come back by themselves.
        with suppress(_Unreachable):
            await self.run(script, keys, *values)


def _keys(account: str, bucket: Bucket) -> list[str]:
    # In braces: what a Redis cluster keeps together. Hashed: the server need not know who uses it.
    line = f"{PREFIX}{{{sha256(account.encode()).hexdigest()[:32]}:{bucket}}}"
    return [f"{line}:{part}" for part in ("out", "line", "due", "blocked", "next")]


def _microseconds(seconds: float) -> str:
    return str(round(seconds * 1_000_000))


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
