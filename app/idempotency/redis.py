"""Keys in a Redis server.

A key is a hash for each token that used it, and one text that names the proven token, whose claim stands in the way of
all others. All names of one key share a hash tag, as a cluster wants it.
"""

from typing import Any, cast

from app.idempotency import KeyName, Row, State
from app.storage import StoreError
from app.storage.redis import CLOCK, RedisEngine

# KEYS: the text that names the proven token, the row of this token.
_BEGIN = (
    CLOCK
    + """
local proven, own = KEYS[1], KEYS[2]
local function set(...)
    redis.call('HSET', own, 'since', string.format('%.6f', now), ...)
end
local function row_at(key)
    local found = redis.call('HMGET', key, 'state', 'fingerprint', 'reply', 'since', 'lease', 'owner')
    if not found[1] then
        return nil
    end
    found[3] = found[3] or ''
    found[4] = string.format('%.6f', math.max(0, now - tonumber(found[4])))
    return found
end
local function row_of_another()
    local token = redis.call('GET', proven)
    local theirs = token and proven .. ':' .. token
    return theirs and theirs ~= own and row_at(theirs) or nil
end
-- What stands in the way: what this token may have sent, then what a proven token claimed, then a claim of its own.
local function row()
    local found = row_at(own)
    if found and found[1] ~= 'claimed' then
        return found
    end
    return row_of_another() or found
end
"""
)
_READ = _BEGIN + "return row()"
# A claim that is the owner's own already was made by a first try whose answer got lost.
_CLAIM = (
    _BEGIN
    + """
local fingerprint, owner, lease, ttl, token, is_proven = unpack(ARGV)
local found = row()
if found and not (found[1] == 'claimed' and (found[6] == owner
        or found[2] == fingerprint and tonumber(found[4]) >= tonumber(found[5]))) then
    return found
end
redis.call('DEL', own)
set('state', 'claimed', 'fingerprint', fingerprint, 'owner', owner, 'lease', lease)
redis.call('PEXPIRE', own, ttl)
if is_proven == '1' then
    redis.call('SET', proven, token, 'PX', ttl)
end
return nil
"""
)
_CHANGE = (
    _BEGIN
    + """
local owner, old, new, reply, ttl, token = unpack(ARGV)
local found = row_at(own)
if not found or found[6] ~= owner or found[1] ~= old or (new == 'sending' and row_of_another()) then
    return 0
end
set('state', new, 'reply', reply)
redis.call('PEXPIRE', own, ttl)
if new == 'done' then
    redis.call('SET', proven, token, 'PX', ttl, 'NX')
end
if redis.call('GET', proven) == token then
    redis.call('PEXPIRE', proven, ttl)
end
return 1
"""
)
_FREE = """
local found = redis.call('HMGET', KEYS[2], 'owner', 'state')
if found[1] == ARGV[1] and (found[2] == 'claimed' or found[2] == 'sending') then
    redis.call('DEL', KEYS[2])
    if redis.call('GET', KEYS[1]) == ARGV[2] then
        redis.call('DEL', KEYS[1])
    end
end
return 1
"""


class RedisKeys:
    """A :class:`~app.idempotency.KeyStore` in a Redis server.

    Args:
        engine: the server.
        ttl: seconds for which a row is kept after its last change.
    """

    def __init__(self, engine: RedisEngine, *, ttl: float) -> None:
        self._engine = engine
        self._ttl = str(int(ttl * 1000))

    async def claim(self, key: KeyName, fingerprint: bytes, owner: str, lease: float) -> Row | None:
        """See :meth:`app.idempotency.KeyStore.claim`."""
        is_proven = "1" if key.is_proven else "0"
        values = (fingerprint, owner, repr(float(lease)), self._ttl, key.token, is_proven)
        return _row(await self._engine.run(_CLAIM, _names(key), *values))

    async def begin_sending(self, key: KeyName, owner: str) -> bool:
        """See :meth:`app.idempotency.KeyStore.begin_sending`."""
        # Not tried again: whether a first try whose answer got lost was the one that won cannot be told.
        return bool(await self._change(key, owner, "claimed", "sending", b"", tries=1) == 1)

    async def finish(self, key: KeyName, owner: str, reply: bytes) -> None:
        """See :meth:`app.idempotency.KeyStore.finish`."""
        await self._change(key, owner, "sending", "done", reply)

    async def set_unknown(self, key: KeyName, owner: str) -> None:
        """See :meth:`app.idempotency.KeyStore.set_unknown`."""
        await self._change(key, owner, "sending", "unknown", b"")

    async def free(self, key: KeyName, owner: str) -> None:
        """See :meth:`app.idempotency.KeyStore.free`."""
        await self._engine.run(_FREE, _names(key), owner, key.token)

    async def read(self, key: KeyName) -> Row | None:
        """See :meth:`app.idempotency.KeyStore.read`."""
        return _row(await self._engine.run(_READ, _names(key)))

    async def _change(self, key: KeyName, owner: str, old: str, new: str, reply: bytes, *, tries: int = 2) -> Any:
        values = (owner, old, new, reply, self._ttl, key.token)
        return await self._engine.run(_CHANGE, _names(key), *values, tries=tries)


def _names(key: KeyName) -> list[str]:
    return [f"key:{{{key.name}}}", f"key:{{{key.name}}}:{key.token}"]


def _row(answer: Any) -> Row | None:
    if not answer:
        return None
    try:
        state, fingerprint, reply, age, lease, _ = answer
        return Row(cast("State", state.decode()), fingerprint, reply or None, float(age), float(lease))
    except (ValueError, AttributeError, TypeError) as error:
        raise StoreError("Redis: the server answered with something else than a row") from error
