-- Finds where to begin to look for the first message with a timestamp or a later one: each entry knows the newest timestamp
-- of all up to it, so that a binary search will do.
-- KEYS log, meta, compacted   ARGV incarnation, timestamp in ms
-- Returns start, end and the offset. -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end', 'pass')
if meta[1] ~= ARGV[1] then
  return {-1}
end
local start = tonumber(meta[2])
local stop = tonumber(meta[3])
local wanted = tonumber(ARGV[2])
local low, high = start, stop
while low < high do
  local middle = math.floor((low + high) / 2)
  local entry = entries(KEYS[1], KEYS[3], tonumber(meta[4] or 0), middle, stop, 1)[1]
  local newest = entry and entry[2][3] == 'i' and string.match(entry[2][4], '^%d+ %-?%d+ (%-?%d+)')
  if not newest or tonumber(newest) >= wanted then
    high = middle
  else
    low = entry[1]
  end
end
return {start, stop, low}
