-- Moves the start of a partition forward, and removes some of what lies before it.
-- KEYS log, meta, deleted, compacted   ARGV incarnation, offset, entries to remove at most
-- Returns start, end, and 1 if there may be more to remove. -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end', 'bytes', 'pass', 'passBytes', 'formerBytes')
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
  redis.call('HSET', KEYS[2], 'start', whole(start))
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. whole(start))
end
local COMPACTED_AT_ONCE = 20
local minimum = whole(start + 1) .. '-0'
local more = redis.call('XTRIM', KEYS[1], 'MINID', '~', minimum, 'LIMIT', ARGV[3]) > 0
if not more then
  redis.call('XTRIM', KEYS[1], 'MINID', '=', minimum)
end
local pass = tonumber(meta[5] or 0)
if pass > 0 then
  for _, each in ipairs({pass - 1, pass}) do
    local prefix = whole(each) .. '-'
    local outdated = redis.call('XRANGE', KEYS[4], prefix .. '0', prefix .. whole(start), 'COUNT', COMPACTED_AT_ONCE)
    for _, entry in ipairs(outdated) do
      redis.call('XDEL', KEYS[4], entry[1])
    end
    more = more or #outdated == COMPACTED_AT_ONCE
  end
end
local size = sizes(KEYS[1], KEYS[4], pass, tonumber(meta[6] or 0), tonumber(meta[7] or 0), tonumber(meta[4]))
if size then
  redis.call('HSET', KEYS[2], 'dropped', whole(tonumber(meta[4]) - size[1] - size[2] - size[3]))
end
return {start, stop, more and 1 or 0}
