-- Makes an empty partition of a topic's incarnation, unless it or that of a later one is there.
-- KEYS log, meta, producers, silence, deleted, compacted   ARGV incarnation, switches of compaction
local found = tonumber(redis.call('HGET', KEYS[2], 'incarnation') or 0)
if found and found >= tonumber(ARGV[1]) then
  return {0}
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
redis.call('HSET', KEYS[2], 'incarnation', ARGV[1], 'start', 0, 'end', 0, 'bytes', 0, 'dropped', 0, 'newest', -1, 'compaction', ARGV[2])
return {1}
