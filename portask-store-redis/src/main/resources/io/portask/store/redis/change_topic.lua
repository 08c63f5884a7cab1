-- Replaces a topic's entry if it still is what the caller saw, and tells all nodes, also which incarnation is gone and the new entry.
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
local before, was = string.match(ARGV[2], '^(%S+) (%S+)')
local after, is = string.match(ARGV[3], '^(%S+) (%S+)')
local gone = ''
if was and (was ~= is or after == 'deleting') then
  gone = was
end
redis.call('PUBLISH', ARGV[4], ARGV[1] .. ' ' .. gone .. ' ' .. ARGV[3])
return {ARGV[3]}
