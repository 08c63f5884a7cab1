-- Tells a partition whether its topic is compacted, unless it knows later. KEYS log, meta
-- ARGV incarnation, how often the topic's compaction was switched: odd if it is on
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'compaction')
if meta[1] ~= ARGV[1] then
  return {-1}
end
if tonumber(ARGV[2]) > tonumber(meta[2] or 0) then
  redis.call('HSET', KEYS[2], 'compaction', ARGV[2])
end
return {0}
