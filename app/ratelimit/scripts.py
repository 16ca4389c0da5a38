"""The steps of a queue that is kept in Redis (see :mod:`app.ratelimit.queue`), each a Lua script.

A queue is five keys: ``out``, the places that are taken, by the time at which they are free again; ``line``, who waits,
by the time of asking; ``due``, who waits, by the time at which they ask again, after which they are missing;
``blocked``, the time before which nobody of this lane has a turn; ``next``, the time of the next call or message. Whose
lane is held back stands in no line, where it would be in the way of other lanes; it comes back with its time of asking.

Times and durations are microseconds of the server's clock, which a Lua number holds exactly, lifetimes milliseconds.
"""

_BEGIN = """
local out, line, due, blocked, next_unit = unpack(KEYS)
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function text(number) return string.format('%.0f', number) end
local function at(key) return tonumber(redis.call('GET', key) or 0) end
local function leave_line(id)
    redis.call('ZREM', line, id)
    redis.call('ZREM', due, id)
end
"""

TAKE = (
    _BEGIN
    + """
local id, limit, window, hold = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local patience, missing, lifetime, asked = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
if asked == 0 then asked = now end
redis.call('ZREMRANGEBYSCORE', out, '-inf', text(now))
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', text(now - missing))) do
    leave_line(gone)
end
local opens = math.max(now, at(blocked))
if opens > now then
    leave_line(id)
end
local ahead = redis.call('ZRANK', line, id) or redis.call('ZCOUNT', line, '-inf', text(asked))
local free = limit - redis.call('ZCARD', out)
if ahead < free and opens == now then
    leave_line(id)
    redis.call('ZADD', out, text(now + hold), id)
    redis.call('PEXPIRE', out, lifetime)
    return {1, 0, -1}
end
local rounds, place, turn = math.floor(ahead / limit), ahead % limit, now
if place >= free then
    -- What is not answered yet is answered now at the earliest.
    local back = redis.call('ZRANGE', out, place - free, place - free, 'WITHSCORES')
    turn = math.min(tonumber(back[2]), now + window)
end
local wait = math.max(turn, opens) + rounds * window - now
if wait > patience then
    leave_line(id)
    return {0, text(wait), 0}
end
if opens > now then
    return {1, text(opens - now), 0, text(asked)}
end
redis.call('ZADD', line, text(asked), id)
redis.call('ZADD', due, text(now + wait), id)
redis.call('PEXPIRE', line, lifetime)
redis.call('PEXPIRE', due, lifetime)
return {1, text(wait), math.max(0, ahead - free), text(asked)}
"""
)
"""Take a place or stand in line.

Args: id; limit; window; hold, after which the place is free whatever happens; patience; missing, for which one may be
late; lifetime; the time of asking, 0 at first. Answers with 0 if the wait is too long (it is out of the line then),
else 1; the wait; how many more places must come back than come back next, -1 if the place is taken; the time of asking.
"""

LEAVE = _BEGIN + "redis.call('ZADD', out, 'XX', 'GT', text(now + tonumber(ARGV[2])), ARGV[1])"
"""Count a place from now on. Args: id; hold."""

END = (
    _BEGIN
    + """
local id, window, arrivals, lifetime = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
leave_line(id)
if window == 0 or arrivals == 0 then
    redis.call('ZREM', out, id)
    return
end
redis.call('ZADD', out, 'XX', 'LT', text(now + window), id)
for number = 2, arrivals do
    redis.call('ZADD', out, text(now + window), id .. ':' .. number)
end
redis.call('PEXPIRE', out, lifetime)
"""
)
"""End a request, or leave the line. Args: id; window; how often it arrived; lifetime."""

PUSH_BACK = (
    _BEGIN
    + """
local opens = now + tonumber(ARGV[1])
if opens > at(blocked) then
    redis.call('SET', blocked, text(opens), 'PX', math.ceil(ARGV[1] / 1000))
end
"""
)
"""Give nobody a turn for some time. Args: how long."""

PAUSE = (
    _BEGIN
    + """
local turn = math.max(now, at(next_unit))
local wait = math.max(turn, at(blocked)) - now
if wait > tonumber(ARGV[2]) then
    return {0, text(wait), 0}
end
local following = turn + tonumber(ARGV[1])
redis.call('SET', next_unit, text(following), 'PX', math.ceil((following - now) / 1000))
return {1, text(turn - now), text(following)}
"""
)
"""Take the next turn for calls or messages.

Args: the pause after it; patience. Answers with 0 if the wait is too long, else 1; the wait; the end of the pause.
"""

UNPAUSE = (
    _BEGIN
    + """
if redis.call('GET', next_unit) == ARGV[1] then
    redis.call('DECRBY', next_unit, ARGV[2])
end
"""
)
"""Undo PAUSE if nobody has come after it. Args: the end of the pause; the pause."""
