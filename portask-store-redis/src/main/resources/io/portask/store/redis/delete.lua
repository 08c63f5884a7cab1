-- Hides single messages.
-- KEYS meta, deleted   ARGV incarnation, offsets that hold a message
-- Returns how many were not hidden before; -1: the partition is not there.
local meta = redis.call('HMGET', KEYS[1], 'incarnation', 'start', 'end')
if meta[1] ~= ARGV[1] then
  return {-1}
end
local hidden = 0
for i = 2, #ARGV do
  local offset = tonumber(ARGV[i])
  if offset >= tonumber(meta[2]) and offset < tonumber(meta[3]) then
    hidden = hidden + redis.call('ZADD', KEYS[2], 'NX', ARGV[i], ARGV[i])
  end
end
return {hidden}
