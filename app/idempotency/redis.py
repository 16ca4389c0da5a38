"""The store in a Redis or Valkey server, shared by any number of machines.

Every change is one Lua script on one key, so that it is atomic; the server's clock tells all ages. What it
promises is as good as the server's own settings: :meth:`RedisStore.ping` warns where they may lose a claim. An
asynchronous failover to a replica can lose one too, whatever the settings.
"""

import asyncio
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import RedisError, ResponseError

from app.idempotency import Row, State
from app.storage import StoreError

CONNECTIONS = 50
"""Connections at one time; further calls wait for one."""

TIMEOUT = 3.0
"""Seconds for connecting, for one answer, and for a free connection."""

PREFIX = "plivo-connector:key:"

WANTED = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
"""Settings with which the server loses nothing that it has confirmed."""

_CLOCK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local function set(...)
    redis.call('HSET', KEYS[1], 'since', string.format('%.6f', now), ...)
end
local function row()
    local found = redis.call('HMGET', KEYS[1], 'state', 'fingerprint', 'reply', 'since', 'lease', 'owner')
    if not found[1] then
        return nil
    end
    found[3] = found[3] or ''
    found[4] = string.format('%.6f', math.max(0, now - tonumber(found[4])))
    return found
end
"""
_READ = _CLOCK + "return row()"
# A claim that is the owner's own already was made by a first try whose answer got lost.
_CLAIM = (
    _CLOCK
    + """
local found = row()
if found and not (found[1] == 'claimed' and (found[6] == ARGV[2]
        or found[2] == ARGV[1] and tonumber(found[4]) >= tonumber(found[5]))) then
    return found
end
redis.call('DEL', KEYS[1])
set('state', 'claimed', 'fingerprint', ARGV[1], 'owner', ARGV[2], 'lease', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return nil
"""
)
_CHANGE = (
    _CLOCK
    + """
local found = row()
if not found or found[6] ~= ARGV[1] or found[1] ~= ARGV[2] then
    return 0
end
set('state', ARGV[3], 'reply', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
"""
)
_FREE = """
local found = redis.call('HMGET', KEYS[1], 'owner', 'state')
if found[1] == ARGV[1] and (found[2] == 'claimed' or found[2] == 'sending') then
    redis.call('DEL', KEYS[1])
end
return 1
"""


class RedisStore:
    """A :class:`app.idempotency.Store` in a Redis server.

    Args:
        url: ``redis://user:password@host:port/db``, or ``rediss://`` for TLS with options named ``ssl_…``.
        ttl: seconds for which a row is kept after its last change.

    Raises:
        ValueError: the URL is wrong; the text never repeats it.
    """

    def __init__(self, url: str, *, ttl: float) -> None:
        _check(url)
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
        self._ttl = str(int(ttl * 1000))
        self._calls: set[asyncio.Task[Any]] = set()
        self._scripts = {script: self._redis.register_script(script) for script in (_READ, _CLAIM, _CHANGE, _FREE)}

    async def claim(self, key: str, fingerprint: bytes, owner: str, lease: float) -> Row | None:
        """See :meth:`app.idempotency.Store.claim`."""
        return _row(await self._run(_CLAIM, key, fingerprint, owner, repr(float(lease)), self._ttl))

    async def begin_sending(self, key: str, owner: str) -> bool:
        """See :meth:`app.idempotency.Store.begin_sending`."""
        # Not tried again: whether a first try whose answer got lost was the one that won cannot be told.
        answer = await self._run(_CHANGE, key, owner, "claimed", "sending", b"", self._ttl, tries=1)
        return bool(answer == 1)

    async def finish(self, key: str, owner: str, reply: bytes) -> None:
        """See :meth:`app.idempotency.Store.finish`."""
        await self._run(_CHANGE, key, owner, "sending", "done", reply, self._ttl)

    async def set_unknown(self, key: str, owner: str) -> None:
        """See :meth:`app.idempotency.Store.set_unknown`."""
        await self._run(_CHANGE, key, owner, "sending", "unknown", b"", self._ttl)

    async def free(self, key: str, owner: str) -> None:
        """See :meth:`app.idempotency.Store.free`."""
        await self._run(_FREE, key, owner)

    async def read(self, key: str) -> Row | None:
        """See :meth:`app.idempotency.Store.read`."""
        return _row(await self._run(_READ, key))

    async def ping(self) -> list[str]:
        """See :meth:`app.idempotency.Store.ping`; warns of settings with which the server can lose a claim."""
        await self._run(_READ, "")
        try:
            found = {name: (await self._redis.config_get(name)).get(name) for name in WANTED}
        except ResponseError:
            wanted = ", ".join(f"{name} {value}" for name, value in WANTED.items())
            return [f"the Redis server does not show its settings; make sure of {wanted}"]
        except (RedisError, OSError) as error:
            raise StoreError(f"Redis: {error}") from error
        return [
            f"the Redis server has {name} {found[name]} and can lose keys; set {name} {value}"
            for name, value in WANTED.items()
            if found[name] != value
        ]

    async def aclose(self) -> None:
        """See :meth:`app.idempotency.Store.aclose`; calls under way come to their end first."""
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._redis.aclose()

    async def _run(self, script: str, key: str, *values: str | bytes, tries: int = 2) -> Any:
        # The client loses connections, or the cancellation, where a call is cancelled: it is let to its end instead.
        call = asyncio.create_task(self._call(script, key, values, tries))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return await asyncio.shield(call)

    async def _call(self, script: str, key: str, values: tuple[str | bytes, ...], tries: int) -> Any:
        """Run a script; a second time where the connection was lost, as a server that was restarted loses all."""
        for is_last in (False,) * (tries - 1) + (True,):
            try:
                return await self._scripts[script]([PREFIX + key], values)
            except LostConnectionError as error:
                if is_last:
                    raise StoreError(f"Redis: {error}") from error
            # uvloop says RuntimeError where it writes to a connection that was lost meanwhile.
            except (RedisError, OSError, RuntimeError) as error:
                raise StoreError(f"Redis: {error}") from error
        raise AssertionError("unreachable: the last try returns or raises")


def _check(url: str) -> None:
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


def _row(answer: Any) -> Row | None:
    if answer is None:
        return None
    try:
        state, fingerprint, reply, age, lease, _ = answer
        return Row(cast("State", state.decode()), fingerprint, reply or None, float(age), float(lease))
    except (ValueError, AttributeError, TypeError) as error:
        raise StoreError("Redis: the server answered with something else than a row") from error
