"""The Lua of the events in Redis: each script is one change, whole or not at all.

All names begin with ``KEYS[1]``, a hash tag, so that a cluster keeps them together:

=====================  ================================================================================
``sub:{sub}``          hash: a subscription, and the number of its last event
``account:{account}``  zset of its subscriptions, by their age
``event:{sub}:{n}``    hash: an event
``log:{sub}``          zset of the numbers of its events
``id:{sub}``           hash: the number of an event by its id
``pending:{sub}``      zset of those that wait or are under way
``lane:{sub}:{lane}``  zset of the same, of one lane
``due:{sub}``          zset of the oldest of each lane, by the time at which it is due
``dead:{sub}``         zset of those that are not tried any more
``ready``              zset of active subscriptions, by the time at which the first of their events is due
``old``                zset of all events that are not pending, by the time at which they came
``removed``            set of subscriptions of which events are left
``nonce:{sub}:{…}``    text: who used a nonce, and when
``replay:{…}``         hash: a replay: what was asked, when, up to which number, after which it goes on, how many so far
=====================  ================================================================================
"""

_BEGIN = """
local most = 1000  -- events that one script looks at: no other client waits long for it
local function key(...)
    return KEYS[1] .. ':' .. table.concat({...}, ':')
end
local function refresh(sub)
    local first = {}
    if redis.call('HGET', key('sub', sub), 'state') == 'active' then
        first = redis.call('ZRANGE', key('due', sub), 0, 0, 'WITHSCORES')
    end
    if first[2] then
        redis.call('ZADD', key('ready'), first[2], sub)
    else
        redis.call('ZREM', key('ready'), sub)
    end
end
local function set_due(sub, n, due)
    redis.call('ZADD', key('due', sub), due, n)
    redis.call('HSET', key('event', sub, n), 'due', due)
end
-- The oldest of a lane becomes due, unless it is already.
local function wake(sub, lane, now)
    local head = redis.call('ZRANGE', key('lane', sub, lane), 0, 0)[1]
    if head and not redis.call('ZSCORE', key('due', sub), head) then
        set_due(sub, head, now)
    end
end
local function park(sub, n)
    redis.call('ZREM', key('due', sub), n)
    redis.call('HDEL', key('event', sub, n), 'due')
end
-- What waits for its next attempt waits behind what joins before it; what is under way is left to end.
local function join(sub, n, lane)
    local head = redis.call('ZRANGE', key('lane', sub, lane), 0, 0)[1]
    if head and tonumber(head) > tonumber(n) and redis.call('HEXISTS', key('event', sub, head), 'owner') == 0 then
        park(sub, head)
    end
    redis.call('HSET', key('event', sub, n), 'state', 'pending', 'attempts', '0')
    redis.call('HDEL', key('event', sub, n), 'owner', 'error', 'due')
    redis.call('ZADD', key('pending', sub), n, n)
    redis.call('ZADD', key('lane', sub, lane), n, n)
    redis.call('ZREM', key('dead', sub), n)
    redis.call('ZREM', key('old'), sub .. ':' .. n)
end
local function settle(sub, n, state)
    local lane, received = unpack(redis.call('HMGET', key('event', sub, n), 'lane', 'received'))
    redis.call('HSET', key('event', sub, n), 'state', state)
    redis.call('HDEL', key('event', sub, n), 'owner', 'due')
    redis.call('ZREM', key('pending', sub), n)
    redis.call('ZREM', key('lane', sub, lane), n)
    redis.call('ZREM', key('due', sub), n)
    redis.call('ZADD', key('old'), received, sub .. ':' .. n)
    if state == 'dead' then
        redis.call('ZADD', key('dead', sub), n, n)
    end
end
local function stop(sub, state, reason)
    if redis.call('HGET', key('sub', sub), 'state') == 'active' then
        redis.call('HSET', key('sub', sub), 'state', state, 'reason', reason)
    end
    for _, n in ipairs(redis.call('ZRANGE', key('pending', sub), 0, -1)) do
        redis.call('HSETNX', key('event', sub, n), 'error', reason)
        settle(sub, n, 'dead')
    end
    refresh(sub)
end
local function subscription(sub)
    local found = redis.call('HMGET', key('sub', sub), 'account', 'content', 'state', 'reason', 'failing')
    if not found[1] then
        return nil
    end
    return {sub, unpack(found, 1, 5)}
end
local function event(sub, n)
    return {sub, n, unpack(redis.call('HMGET', key('event', sub, n), 'id', 'type', 'lane', 'content', 'received',
        'state', 'attempts', 'due', 'http_status', 'error', 'changed'), 1, 11)}
end
local function is_owned(sub, n, owner)
    local found = redis.call('HMGET', key('event', sub, n), 'owner', 'state')
    return found[1] == owner and found[2] == 'pending'
end
"""


def script(lua: str) -> str:
    """Return a script that knows how everything is laid out."""
    return _BEGIN + lua


ADD = script("""
local sub, account, content, state, reason = unpack(ARGV)
if redis.call('EXISTS', key('sub', sub)) == 1 then
    return redis.call('HGET', key('sub', sub), 'content') == content and 1 or 0
end
redis.call('HSET', key('sub', sub), 'account', account, 'content', content, 'state', state, 'reason', reason, 'last', 0)
redis.call('ZADD', key('account', account), redis.call('INCR', key('count')), sub)
return 1
""")
READ = script("return subscription(ARGV[1])")
LIST = script("""
local found = {}
for _, sub in ipairs(redis.call('ZRANGE', key('account', ARGV[1]), 0, -1)) do
    table.insert(found, subscription(sub))
end
return found
""")
REPLACE = script("""
local sub, old, new, activate = unpack(ARGV)
local found = redis.call('HGET', key('sub', sub), 'content')
if found ~= old then
    return found == new and 1 or 0
end
redis.call('HSET', key('sub', sub), 'content', new)
if activate == '1' then
    redis.call('HSET', key('sub', sub), 'state', 'active', 'reason', '')
    redis.call('HDEL', key('sub', sub), 'failing')
end
refresh(sub)
return 1
""")
REMOVE = script("""
local sub = ARGV[1]
local account = redis.call('HGET', key('sub', sub), 'account')
if not account then
    return 0
end
redis.call('ZREM', key('account', account), sub)
redis.call('ZREM', key('ready'), sub)
redis.call('DEL', key('sub', sub))
redis.call('SADD', key('removed'), sub)
return 1
""")
CLEAR = script("""
local sub = ARGV[1]
local found = redis.call('ZRANGE', key('log', sub), 0, most - 1)
for _, n in ipairs(found) do
    redis.call('DEL', key('lane', sub, redis.call('HGET', key('event', sub, n), 'lane') or ''), key('event', sub, n))
    redis.call('ZREM', key('log', sub), n)
    redis.call('ZREM', key('old'), sub .. ':' .. n)
end
if redis.call('EXISTS', key('log', sub)) == 0 then
    redis.call('DEL', key('id', sub), key('pending', sub), key('due', sub), key('dead', sub))
    redis.call('SREM', key('removed'), sub)
end
return #found
""")
STOP = script("stop(ARGV[1], ARGV[2], ARGV[3])")
# A nonce that is this call's own was marked by a first try whose answer got lost: that stored the event too.
RECEIVE = script("""
local sub, id, kind, lane, content, nonce, now, delivers, life, call = unpack(ARGV)
if nonce ~= '' then
    local seen = redis.call('GET', key('nonce', sub, nonce))
    local at, by = string.match(seen or '', '^(%S+) (%S+)$')
    if by == call then
        return 'stored'
    end
    if at and tonumber(at) > tonumber(now) - tonumber(life) then
        return 'replayed'
    end
    redis.call('SET', key('nonce', sub, nonce), now .. ' ' .. call, 'EX', tonumber(life) * 2)
end
local state = redis.call('HGET', key('sub', sub), 'state')
if not state or redis.call('HEXISTS', key('id', sub), id) == 1 then
    return 'known'
end
local n = tostring(redis.call('HINCRBY', key('sub', sub), 'last', 1))
redis.call('HSET', key('event', sub, n), 'id', id, 'type', kind, 'lane', lane, 'content', content, 'received', now,
    'attempts', '0')
redis.call('ZADD', key('log', sub), n, n)
redis.call('HSET', key('id', sub), id, n)
if delivers == '1' and state == 'active' then
    join(sub, n, lane)
    wake(sub, lane, now)
    refresh(sub)
else
    settle(sub, n, delivers == '1' and 'dead' or 'kept')
end
return 'stored'
""")
READ_EVENTS = script("""
local sub, after, limit, room = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local types, states = cjson.decode(ARGV[5]), cjson.decode(ARGV[6])
local function fits(value, wanted)
    for _, one in ipairs(wanted) do
        if one == value then
            return true
        end
    end
    return #wanted == 0
end
local found, last = {}, false
local log = redis.call('ZRANGEBYSCORE', key('log', sub), '(' .. after, '+inf', 'LIMIT', 0, most)
for _, n in ipairs(log) do
    local kind, state = unpack(redis.call('HMGET', key('event', sub, n), 'type', 'state'))
    last = n
    if fits(kind, types) and fits(state, states) then
        table.insert(found, event(sub, n))
        room = room - redis.call('HSTRLEN', key('event', sub, n), 'content')
        if #found == limit or room <= 0 then
            return {found, false}
        end
    end
end
return {found, #log == most and last}
""")
# What comes while it goes on, script by script, is not replayed. It is over when there is nothing to go on after.
REPLAY = script("""
local sub, now, id, since, name, asked, life = unpack(ARGV)
local mark = key('replay', name)
local known, at, upto, after, count = unpack(redis.call('HMGET', mark, 'asked', 'at', 'upto', 'after', 'count'), 1, 5)
if not known or tonumber(at) <= tonumber(now) - tonumber(life) then
    at, upto, after, count = now, redis.call('HGET', key('sub', sub), 'last') or '0', '0', 0
elseif known ~= asked then
    return false
elseif after == '' then
    return {tonumber(count), 1}
end
local chosen, last = {}, ''
if id ~= '' then
    chosen = {redis.call('HGET', key('id', sub), id) or nil}
elseif since ~= '' then
    local log = redis.call('ZRANGEBYSCORE', key('log', sub), '(' .. after, upto, 'LIMIT', 0, most)
    for _, n in ipairs(log) do
        if tonumber(redis.call('HGET', key('event', sub, n), 'received')) >= tonumber(since) then
            table.insert(chosen, n)
        end
    end
    last = log[most] or ''
else
    chosen = redis.call('ZRANGEBYSCORE', key('dead', sub), '(' .. after, upto, 'LIMIT', 0, most)
    last = chosen[most] or ''
end
for _, n in ipairs(chosen) do
    local state, lane = unpack(redis.call('HMGET', key('event', sub, n), 'state', 'lane'))
    if state ~= 'pending' then
        join(sub, n, lane)
        wake(sub, lane, now)
        count = count + 1
    end
end
refresh(sub)
if id == '' or count > 0 then
    redis.call('HSET', mark, 'asked', asked, 'at', at, 'upto', upto, 'after', last, 'count', count)
    redis.call('EXPIRE', mark, life * 2)
end
return {tonumber(count), last == '' and 1 or 0}
""")
