"""The Lua of deliveries in Redis: claimed, delivered or put off, and what is too old taken away.

How everything is laid out is said in :mod:`app.events.redis_scripts`.
"""

from app.events.redis_scripts import script

CLAIM = script("""
local owner, now, due, limit, each, busy = unpack(ARGV)
local room, busy = tonumber(limit), cjson.decode(busy)
local found = {}
for _, sub in ipairs(redis.call('ZRANGEBYSCORE', key('ready'), '-inf', now, 'LIMIT', 0, most)) do
    local its = math.min(room, tonumber(each) - (busy[sub] or 0))
    if its > 0 then
        local whose = subscription(sub)
        for _, n in ipairs(redis.call('ZRANGEBYSCORE', key('due', sub), '-inf', now, 'LIMIT', 0, its)) do
            set_due(sub, n, due)
            redis.call('HSET', key('event', sub, n), 'owner', owner)
            table.insert(found, {event(sub, n), whose})
            room = room - 1
        end
        refresh(sub)
    end
    if room <= 0 then
        break
    end
end
return {found, redis.call('ZRANGEBYSCORE', key('ready'), '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2] or false}
""")
DELIVERED = script("""
local sub, n, owner, now, status = unpack(ARGV)
if not is_owned(sub, n, owner) then
    return 0
end
redis.call('HSET', key('event', sub, n), 'http_status', status, 'changed', now)
redis.call('HDEL', key('event', sub, n), 'error')
redis.call('HINCRBY', key('event', sub, n), 'attempts', 1)
redis.call('HDEL', key('sub', sub), 'failing')
settle(sub, n, 'delivered')
wake(sub, redis.call('HGET', key('event', sub, n), 'lane'), now)
refresh(sub)
return 1
""")
FAILED = script("""
local sub, n, owner, now, status, trouble, again, off_after, reason = unpack(ARGV)
if not is_owned(sub, n, owner) then
    return 0
end
redis.call('HSET', key('event', sub, n), 'http_status', status, 'changed', now, 'error', trouble)
redis.call('HINCRBY', key('event', sub, n), 'attempts', 1)
if again == '' then
    settle(sub, n, 'dead')
    wake(sub, redis.call('HGET', key('event', sub, n), 'lane'), now)
else
    local lane = redis.call('HGET', key('event', sub, n), 'lane')
    redis.call('HDEL', key('event', sub, n), 'owner')
    if redis.call('ZRANGE', key('lane', sub, lane), 0, 0)[1] == n then
        set_due(sub, n, again)
    else
        park(sub, n)
    end
end
redis.call('HSETNX', key('sub', sub), 'failing', now)
local is_off = tonumber(now) - tonumber(redis.call('HGET', key('sub', sub), 'failing')) >= tonumber(off_after)
if is_off then
    stop(sub, 'off', reason)
end
refresh(sub)
return is_off and 2 or 1
""")
PURGE = script("""
local found = redis.call('ZRANGEBYSCORE', key('old'), '-inf', '(' .. ARGV[1], 'LIMIT', 0, most)
for _, name in ipairs(found) do
    local sub, n = string.match(name, '^(.*):(%d+)$')
    local id = redis.call('HGET', key('event', sub, n), 'id')
    if id then
        redis.call('HDEL', key('id', sub), id)
    end
    redis.call('DEL', key('event', sub, n))
    redis.call('ZREM', key('log', sub), n)
    redis.call('ZREM', key('dead', sub), n)
    redis.call('ZREM', key('old'), name)
end
return {#found, redis.call('SRANDMEMBER', key('removed'))}
""")
