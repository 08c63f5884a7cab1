-- Has a lease last on.
-- KEYS lease   ARGV token, ms   Returns token, holder and expiry; nothing if it is gone
local lease = current(KEYS[1])
if lease and lease[1] == tonumber(ARGV[1]) then
  return hold(KEYS[1], lease[1], lease[2], tonumber(ARGV[2]))
end
return {}
