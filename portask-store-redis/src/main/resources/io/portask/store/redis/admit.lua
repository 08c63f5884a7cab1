-- Begins a transaction in which entries are added as plain commands, and which append.lua ends: says whether they may be, as the
-- caller has foreseen what is there. If not, it puts something in the log's place for a moment, where nothing can be added.
-- KEYS log, meta, producers, silence, held
-- ARGV incarnation, end, bytes, newest timestamp, number of entries, number of appends, 1 if it is sure that all
--      records have keys; then for each append
--      producer id ('' for none), epoch, first sequence, last sequence
local function isAsForeseen()
  local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'end', 'bytes', 'newest', 'compaction')
  for i = 1, 4 do
    if meta[i] ~= ARGV[i] then
      return false
    end
  end
  if ARGV[7] ~= '1' and tonumber(meta[5] or 0) % 2 == 1 then
    return false
  end
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind ~= 'stream' and kind ~= 'none' then
    return false
  end
  redis.call('HLEN', KEYS[3])
  redis.call('ZCARD', KEYS[4])
  local seen = {}
  for at = 8, 4 + 4 * ARGV[6], 4 do
    local producer = ARGV[at]
    if producer ~= '' then
      local known = seen[producer] or redis.call('HGET', KEYS[3], producer)
      if judge(known, ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])) ~= 0 then
        return false
      end
      seen[producer] = ARGV[at + 1] .. ';' .. ARGV[at + 2] .. ' ' .. ARGV[at + 3] .. ' 0 0'
    end
  end
  return true
end

local fine, foreseen = pcall(isAsForeseen)
if fine and foreseen then
  redis.call('SET', KEYS[5], redis.call('XLEN', KEYS[1]) + ARGV[5])
else
  if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('RENAME', KEYS[1], KEYS[5])
  end
  redis.call('SET', KEYS[1], '')
end
return {}
