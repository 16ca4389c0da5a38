"""A Redis or Valkey server, shared by any number of machines.

Every change is one Lua script, so that it is atomic; the server's clock tells all ages. What it promises is as good as
the server's own settings: :meth:`RedisEngine.check` warns where they may lose a change. An asynchronous failover to a
replica can lose one too, whatever the settings.
"""

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as LostConnectionError

from app.storage import StoreError

if TYPE_CHECKING:
    from redis.commands.core import AsyncScript

CONNECTIONS = 100
"""Connections at one time; further calls wait for one."""

TIMEOUT = 3.0
"""Seconds for connecting, for one answer, and for a free connection."""

PREFIX = "plivo-connector:"
"""What the names of all keys begin with."""

WANTED = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
"""Settings with which the server loses nothing that it has confirmed."""

CLOCK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
"""
"""Lua: ``now``, the server's time in seconds since 1970."""

_CHECK = "return redis.call('SET', KEYS[1], '1', 'PX', '1000')"

_log = logging.getLogger(__name__)


class RedisEngine:
    """Runs Lua scripts.

    Args:
        url: ``redis://user:password@host:port/db``, or ``rediss://`` for TLS with options named ``ssl_…``.

    Raises:
        ValueError: the URL is wrong; the text never repeats it.
    """

    def __init__(self, url: str) -> None:
        _check_url(url)
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            protocol=2,
            # The client's own repetitions would also repeat what must not be done twice.
            retry=Retry(NoBackoff(), 0),
        )
        try:
            pool.make_connection()  # type: ignore[no-untyped-call]  # connects to nothing, but looks at the options
        except (TypeError, RedisError):
            raise ValueError("one of its options is unknown or wrong") from None
        self._redis: Redis = Redis.from_pool(pool)
        self._scripts: dict[str, AsyncScript] = {}
        self._calls: set[asyncio.Task[Any]] = set()
        self._is_closed = False
        self._trouble_with: dict[str, str] = {}
        """By script: the kind of trouble that its last call met."""

    async def run(self, script: str, keys: list[str], *values: str | bytes, tries: int = 2) -> Any:
        """Run a script.

        Args:
            script: Lua.
            keys: names of its keys, after ``PREFIX``.
            values: its further arguments.
            tries: 1 where a script must not run twice, although the first answer got lost.

        Raises:
            StoreError: what it changes may have been changed all the same.
        """
        # The client loses connections, or the cancellation, where a call is cancelled: it is let to its end instead.
        return await asyncio.shield(self._begin(script, keys, values, tries))

    def run_later(self, script: str, keys: list[str], *values: str | bytes) -> None:
        """Run a script whose answer nobody waits for; where it fails, that does no harm for long."""
        if not self._is_closed:
            self._begin(script, keys, values, 2).add_done_callback(_let_pass)

    async def check(self) -> list[str]:
        """Look whether the server works, and return what about it makes it less safe than it should be.

        Raises:
            StoreError: it does not work.
        """
        await self.run(_CHECK, ["check"])
        try:
            found = {name: (await self._redis.config_get(name)).get(name) for name in WANTED}
        except ResponseError:
            wanted = ", ".join(f"{name} {value}" for name, value in WANTED.items())
            return [f"the Redis server does not show its settings; make sure of {wanted}"]
        except (RedisError, OSError, RuntimeError) as error:
            raise self._trouble(_CHECK, error) from error
        return [
            f"the Redis server has {name} {found[name]} and can lose keys; set {name} {value}"
            for name, value in WANTED.items()
            if found[name] != value
        ]

    async def aclose(self) -> None:
        """Let go of the connections; calls under way come to their end first."""
        # Whoever is cancelled from here on must open no new connection: the loop may be about to close.
        self._is_closed = True
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._redis.aclose()

    def _begin(self, script: str, keys: list[str], values: tuple[str | bytes, ...], tries: int) -> asyncio.Task[Any]:
        call = asyncio.create_task(self._call(script, [PREFIX + key for key in keys], values, tries))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return call

    async def _call(self, script: str, keys: list[str], values: tuple[str | bytes, ...], tries: int) -> Any:
        """Run a script; a second time where the connection was lost, as a server that was restarted loses all."""
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._scripts[script] = self._redis.register_script(script)
        for is_last in (False,) * (tries - 1) + (True,):
            try:
                answer = await registered(keys, values)
            except LostConnectionError as error:
                if is_last:
                    raise self._trouble(script, error) from error
            # uvloop says RuntimeError where it writes to a connection that was lost meanwhile.
            except (RedisError, OSError, RuntimeError) as error:
                raise self._trouble(script, error) from error
            else:
                self._trouble_with.pop(script, None)
                return answer
        raise AssertionError("unreachable: the last try returns or raises")

    def _trouble(self, script: str, error: Exception) -> StoreError:
        """Write one line for each new kind of trouble, not one for each call that it fails."""
        kind = f"{type(error).__name__}: {_without_secrets(error)}"
        # Of a server that is full, some scripts know and others do not.
        is_new = kind not in self._trouble_with.values()
        self._trouble_with[script] = kind
        if is_new:
            _log.error("the store does not work: Redis: %s", kind)
        return StoreError(f"Redis: {kind}")


def _without_secrets(error: Exception) -> str:
    # A server's own words (WRONGPASS, NOAUTH, OOM, …) hold no secret, except where it repeats a command that it does
    # not know; a client's may name the URL.
    is_the_servers = isinstance(error, ResponseError | AuthenticationError)
    return str(error).partition(", with args")[0] if is_the_servers else "no answer"


def _let_pass(call: asyncio.Task[Any]) -> None:
    with suppress(asyncio.CancelledError):
        call.exception()


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("the host is missing")
    if parts.fragment:
        raise ValueError("it has a fragment; write # in a password as %23")
    if not parts.path.strip("/").isdecimal() and parts.path.strip("/"):
        raise ValueError("the path must be the number of a database")
    for name, _ in parse_qsl(parts.query):
        if not (parts.scheme == "rediss" and name.startswith("ssl_")):
            raise ValueError("of options it takes ssl_… only, and those with rediss://")
