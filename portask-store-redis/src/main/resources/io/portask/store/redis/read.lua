-- Reads whole entries from the one that contains an offset on, at least one, then as many as fit.
-- KEYS log, meta, deleted, compacted   ARGV incarnation, offset, bytes, 1 for the facts too
-- Returns start, end, the deleted offsets from the first entry on; then for each entry its next offset, its bytes, and if wanted its
-- facts.
-- -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end', 'pass')
if meta[1] ~= ARGV[1] then
  return {-1}
end
local MOST_AT_ONCE = 64
local offset = tonumber(ARGV[2])
local limit = tonumber(ARGV[3])
local start = tonumber(meta[2])
local stop = tonumber(meta[3])
local result = {start, stop, {}}
if offset < start or offset >= stop then
  return result
end

-- How many offsets the batches of an entry take; nothing if that cannot be told.
local function offsets(bytes)
  local at, count = 1, 0
  while #bytes - at >= 60 do
    local size = 12 + struct.unpack('>i4', bytes, at + 8)
    if size < 61 then
      return nil
    end
    count = count + struct.unpack('>i4', bytes, at + 23) + 1
    at = at + size
  end
  return at == #bytes + 1 and count or nil
end

local used, count, first, last, more = 0, 0, nil, offset, true
local step = 1
while more do
  local found = entries(KEYS[1], KEYS[4], tonumber(meta[4] or 0), last, stop, step)
  more = #found == step
  for _, entry in ipairs(found) do
    local next = entry[1]
    local bytes = entry[2][1] == 'b' and entry[2][2] or ''
    if count > 0 and used + #bytes > limit then
      more = false
      break
    end
    if count == 0 then
      local taken = offsets(bytes)
      first = taken and next - taken or offset
    end
    result[#result + 1] = next
    result[#result + 1] = bytes
    if ARGV[4] then
      result[#result + 1] = entry[2][4] or ''
    end
    used = used + #bytes
    count = count + 1
    last = next
  end
  more = more and used < limit
  if more then
    step = math.max(1, math.min(2 * step, MOST_AT_ONCE, math.floor((limit - used) / (used / count + 1))))
  end
end
if first then
  result[3] = redis.call('ZRANGEBYSCORE', KEYS[3], whole(first), '(' .. whole(last))
end
return result
