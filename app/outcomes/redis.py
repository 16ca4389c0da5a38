"""Watches in a Redis server: their contents in a hash, and when each is due in a sorted set."""

from collections.abc import Sequence
from typing import Any

from app.outcomes import StoredWatch
from app.storage.redis import RedisEngine

_KEYS = ["{watches}:content", "{watches}:due"]

_ADD = """
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
for i = 2, #ARGV, 3 do
    if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
        redis.call('ZADD', KEYS[2], ARGV[i + 2], ARGV[i])
    end
end
return 1
"""
_PUT = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return 1
"""
_READ = "return redis.call('HGET', KEYS[1], ARGV[1])"
_CLAIM = """
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
    table.insert(found, {id, redis.call('HGET', KEYS[1], id)})
    redis.call('ZADD', KEYS[2], ARGV[2], id)
end
return {found, redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2] or false}
"""
_SETTLE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then
    return 0
end
if ARGV[3] == '' then
    redis.call('HDEL', KEYS[1], ARGV[1])
    redis.call('ZREM', KEYS[2], ARGV[1])
else
    redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
end
return 1
"""


class RedisWatches:
    """A :class:`~app.outcomes.WatchStore` in a server.

    Args:
        engine: the server.
    """

    def __init__(self, engine: RedisEngine) -> None:
        self._engine = engine

    async def add(self, watches: Sequence[StoredWatch], *, in_place_of: str | None = None) -> None:
        """See :meth:`app.outcomes.WatchStore.add`."""
        rows = [part for watch in watches for part in (watch.id, watch.content, _text(watch.due))]
        await self._run(_ADD, in_place_of or "", *rows)

    async def put(self, watch: StoredWatch) -> None:
        """See :meth:`app.outcomes.WatchStore.put`."""
        await self._run(_PUT, watch.id, watch.content, _text(watch.due))

    async def read(self, watch_id: str) -> bytes | None:
        """See :meth:`app.outcomes.WatchStore.read`."""
        found: bytes | None = await self._run(_READ, watch_id)
        return found

    async def claim(self, *, now: float, lease: float, limit: int) -> tuple[list[StoredWatch], float | None]:
        """See :meth:`app.outcomes.WatchStore.claim`."""
        due = now + lease
        found, next_due = await self._run(_CLAIM, _text(now), _text(due), str(limit))
        return [StoredWatch(name.decode(), content, due) for name, content in found], float(
            next_due
        ) if next_due else None

    async def settle(self, watch: StoredWatch, due: float | None) -> None:
        """See :meth:`app.outcomes.WatchStore.settle`."""
        await self._run(_SETTLE, watch.id, watch.content, "" if due is None else _text(due))

    async def _run(self, script: str, *values: str | bytes) -> Any:
        return await self._engine.run(script, _KEYS, *values)


def _text(seconds: float) -> str:
    return f"{seconds:.6f}"
