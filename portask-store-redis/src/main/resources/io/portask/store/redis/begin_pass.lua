-- Begins a pass of compaction, or goes on with one that its node has left, for the caller alone.
-- KEYS log, meta, compacted
-- ARGV incarnation, node, number of this run of the node, now in ms, after how many ms a pass counts as left, offset behind
--      the last entry that the caller has seen, that entry's facts
-- Returns 1 (a new pass) or 2 (one that was left), offset up to which it is done, offset to which it goes; 0 0 0: not now, for
-- another is at it, or what the caller saw is not there any more. -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end', 'pass', 'passDone', 'passEnd', 'passToken', 'passMs',
  'passBytes')
if meta[1] ~= ARGV[1] then
  return {-1}
end
local pass, done, stop = tonumber(meta[4] or 0), tonumber(meta[5] or 0), tonumber(meta[6] or 0)
local seen = tonumber(ARGV[6])
local witness = entries(KEYS[1], KEYS[3], pass, seen - 1, seen, 1)[1]
if not witness or witness[1] ~= seen or (witness[2][4] or '') ~= ARGV[7] then
  return {0, 0, 0}
end
local result = 2
if done < stop then
  local owner = string.match(meta[7] or '', '^%S+')
  if owner ~= ARGV[2] and math.abs(tonumber(ARGV[4]) - tonumber(meta[8] or 0)) < tonumber(ARGV[5]) then
    return {0, 0, 0}
  end
else
  result = 1
  done = tonumber(meta[2])
  redis.call('HSET', KEYS[2], 'pass', whole(pass + 1), 'passBytes', 0, 'formerBytes', meta[9] or 0, 'passNewest', -1)
end
stop = math.max(stop, seen)
redis.call('HSET', KEYS[2], 'passDone', whole(done), 'passEnd', whole(stop), 'passToken', ARGV[2] .. ' ' .. ARGV[3],
  'passMs', ARGV[4])
return {result, done, stop}
