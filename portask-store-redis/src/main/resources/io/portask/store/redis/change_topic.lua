-- Replaces a topic's entry if it still is what the caller saw, and tells all nodes.
-- KEYS topics   ARGV name, expected ('' for none), new ('' to remove), channel
local found = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if found ~= ARGV[2] then
  return {found}
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
redis.call('PUBLISH', ARGV[4], ARGV[1])
return {ARGV[3]}
