-- Moves the start of a partition forward, and removes some of what lies before it.
-- KEYS log, meta, deleted   ARGV incarnation, offset, entries to remove at most
-- Returns start, end, and 1 if there may be more to remove. -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end', 'bytes', 'dropped')
if meta[1] ~= ARGV[1] then
  return {-1}
end
local start = tonumber(meta[2])
local stop = tonumber(meta[3])
local offset = tonumber(ARGV[2])
if offset > stop then
  return {start, stop, 0}
end
if offset > start then
  start = offset
  redis.call('HSET', KEYS[2], 'start', string.format('%.0f', start))
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('(%.0f', start))
end
local minimum = string.format('%.0f-0', start + 1)
local more = redis.call('XTRIM', KEYS[1], 'MINID', '~', minimum, 'LIMIT', ARGV[3]) > 0
if not more then
  redis.call('XTRIM', KEYS[1], 'MINID', '=', minimum)
end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local dropped = meta[4]
if first and first[2][3] == 'i' then
  dropped = string.match(first[2][4], '^%d+') or dropped
end
redis.call('HSET', KEYS[2], 'dropped', dropped)
return {start, stop, more and 1 or 0}
