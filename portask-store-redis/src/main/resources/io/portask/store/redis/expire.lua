-- Finds how far a partition's retention moves its start; a damaged entry goes with the next good one.
-- KEYS log, meta, compacted   ARGV incarnation, now in ms, retention in ms (-1: none), retention in bytes (-1: none),
--      retention in messages (-1: none), entries to look at
-- Returns the start that it should have, and 1 if there may be more to find. -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end', 'bytes', 'pass', 'passBytes', 'formerBytes')
if meta[1] ~= ARGV[1] then
  return {-1}
end
local start = tonumber(meta[2])
local stop = tonumber(meta[3])
local pass = tonumber(meta[5] or 0)
local totals = {tonumber(meta[6] or 0), tonumber(meta[7] or 0), tonumber(meta[4])}
local size = pass > 0 and sizes(KEYS[1], KEYS[3], pass, totals[1], totals[2], totals[3]) or {0, 0, 0}
local behind = {size[2] + size[3], size[3], 0}
local now, maxAge, maxBytes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local maxMessages = tonumber(ARGV[5])
local moved, at = 0, start
for _ = 1, tonumber(ARGV[6]) do
  local entry = entries(KEYS[1], KEYS[3], pass, at, stop, 1)[1]
  if not entry then
    return {start, 0}
  end
  at = entry[1]
  local before, timestamp, appended = string.match(entry[2][4] or '', '^(%d+) (%-?%d+) %-?%d+ (%d+)$')
  if before then
    timestamp, appended = tonumber(timestamp), tonumber(appended)
    local age = timestamp < 0 and appended or math.min(timestamp, appended)
    local tooLarge = maxBytes >= 0 and totals[entry[3]] - tonumber(before) + behind[entry[3]] > maxBytes
    local tooMany = maxMessages >= 0 and stop - start > maxMessages
    local tooOld = maxAge >= 0 and age < now - maxAge
    if not tooOld and not ((tooLarge or tooMany) and at < stop) then
      return {start, 0}
    end
    start, moved = at, 1
  end
end
return {start, moved}
