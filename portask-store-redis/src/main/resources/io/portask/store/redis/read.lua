-- Reads whole entries from the one that contains an offset on, at least one, then as many as fit.
-- KEYS log, meta, deleted   ARGV incarnation, offset, bytes
-- Returns start, end, the deleted offsets from the first entry on; then for each entry its next offset and its bytes.
-- -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end')
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

local function id(number)
  return string.format('%.0f-0', number)
end

local used, entries, first, last, more = 0, 0, nil, offset, true
local step = 1
while more do
  local found = redis.call('XRANGE', KEYS[1], id(last + 1), id(stop), 'COUNT', step)
  more = #found == step
  for _, entry in ipairs(found) do
    local next = tonumber(string.match(entry[1], '^%d+'))
    local bytes = entry[2][1] == 'b' and entry[2][2] or ''
    if entries > 0 and used + #bytes > limit then
      more = false
      break
    end
    if entries == 0 then
      local taken = offsets(bytes)
      first = taken and next - taken or offset
    end
    result[#result + 1] = next
    result[#result + 1] = bytes
    used = used + #bytes
    entries = entries + 1
    last = next
  end
  more = more and used < limit
  if more then
    step = math.max(1, math.min(2 * step, MOST_AT_ONCE, math.floor((limit - used) / (used / entries + 1))))
  end
end
if first then
  result[3] = redis.call('ZRANGEBYSCORE', KEYS[3], string.format('%.0f', first), string.format('(%.0f', last))
end
return result
