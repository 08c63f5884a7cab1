-- Removes a partition of a topic's incarnation: from here on appends and reads find nothing.
-- KEYS log, meta, producers, silence, deleted, compacted   ARGV incarnation
if redis.call('HGET', KEYS[2], 'incarnation') ~= ARGV[1] then
  return {0}
end
redis.call('DEL', KEYS[2])
redis.call('UNLINK', KEYS[1], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
return {1}
