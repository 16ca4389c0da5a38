"""Answers in a Redis server."""

from app.storage.redis import RedisEngine

_PUT = """
if ARGV[2] == '' then
    redis.call('SET', KEYS[1], ARGV[1])
else
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
"""
_GET = "return redis.call('GET', KEYS[1])"
_DROP = "return redis.call('DEL', KEYS[1])"


class RedisAnswers:
    """An :class:`~app.answers.AnswerStore` in a server.

    Args:
        engine: the server.
    """

    def __init__(self, engine: RedisEngine) -> None:
        self._engine = engine

    async def put(self, key: str, sealed: bytes, lifetime: float | None) -> None:
        """See :meth:`app.answers.AnswerStore.put`."""
        await self._engine.run(_PUT, [f"answer:{key}"], sealed, "" if lifetime is None else str(int(lifetime * 1000)))

    async def get(self, key: str) -> bytes | None:
        """See :meth:`app.answers.AnswerStore.get`."""
        found: bytes | None = await self._engine.run(_GET, [f"answer:{key}"])
        return found

    async def drop(self, key: str) -> None:
        """See :meth:`app.answers.AnswerStore.drop`."""
        await self._engine.run(_DROP, [f"answer:{key}"])
