-- Takes a lease unless another has it. A token is at least the time, so that it also exceeds those whose loss took the count back.
-- KEYS lease, last token   ARGV holder, ms   Returns token, holder and expiry of whoever has it now
local lease = current(KEYS[1])
if lease and lease[2] ~= ARGV[1] then
  return lease
end
local token = redis.call('INCR', KEYS[2])
if token < now then
  token = now
  redis.call('SET', KEYS[2], string.format('%.0f', token))
end
return hold(KEYS[1], token, ARGV[1], tonumber(ARGV[2]))
