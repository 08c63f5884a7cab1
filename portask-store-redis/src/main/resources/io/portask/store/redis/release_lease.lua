-- Gives a lease back.
-- KEYS lease   ARGV token   Returns nothing
local lease = current(KEYS[1])
if lease and lease[1] == tonumber(ARGV[1]) then
  redis.call('DEL', KEYS[1])
end
return {}
