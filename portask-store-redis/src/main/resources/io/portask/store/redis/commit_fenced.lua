-- Commits offsets unless that was done with a greater token before.
-- KEYS offsets of a consumer   ARGV token, then fields and values   Returns the greatest token
local known = tonumber(redis.call('HGET', KEYS[1], 'token') or '0')
local token = tonumber(ARGV[1])
if token < known then
  return {known}
end
redis.call('HSET', KEYS[1], 'token', ARGV[1])
for i = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
return {token}
