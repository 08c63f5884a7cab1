-- Puts entries that a pass of compaction has made in the place of those that they were made of.
-- KEYS log, meta, compacted
-- ARGV incarnation, node, number of this run of the node, now in ms, start and offset up to which the pass was done when the caller
--      read, offset up to which it is done now, what passes leave behind as text ('' : as before), number of entries; then for each
--      offset behind it, its bytes ('' to keep those that are there), its newest timestamp, when it was appended
-- Returns 1; 0: nothing was done, for the pass is another's, or the start moved. -1: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'pass', 'passDone', 'passToken', 'passBytes', 'formerBytes',
  'passNewest', 'bytes')
if meta[1] ~= ARGV[1] then
  return {-1}
end
if meta[5] ~= ARGV[2] .. ' ' .. ARGV[3] or meta[2] ~= ARGV[5] or meta[4] ~= ARGV[6] then
  return {0}
end
local pass = tonumber(meta[3])
local written, newest = tonumber(meta[6]), tonumber(meta[8])
local former = whole(pass - 1) .. '-'

local added = {}
for at = 10, 6 + 4 * ARGV[9], 4 do
  local fields = {'b', ARGV[at + 1]}
  if #ARGV[at + 1] == 0 then
    local found = redis.call('XRANGE', KEYS[3], former .. ARGV[at], former .. ARGV[at])[1]
      or redis.call('XRANGE', KEYS[1], ARGV[at], ARGV[at])[1]
    fields = found and found[2]
  end
  if fields then
    newest = math.max(newest, tonumber(ARGV[at + 2]))
    if not fields[3] or fields[3] == 'i' then
      fields[3] = 'i'
      fields[4] = whole(written) .. ' ' .. ARGV[at + 2] .. ' ' .. whole(newest) .. ' ' .. ARGV[at + 3]
    end
    added[#added + 1] = {ARGV[at], fields}
    written = written + #fields[2]
  end
end
for _, each in ipairs(added) do
  redis.call('XADD', KEYS[3], whole(pass) .. '-' .. each[1], unpack(each[2]))
end
local done = tonumber(ARGV[7])
redis.call('XTRIM', KEYS[3], 'MINID', former .. whole(done + 1))
redis.call('XTRIM', KEYS[1], 'MINID', whole(done + 1) .. '-0')
redis.call('HSET', KEYS[2], 'passDone', ARGV[7], 'passBytes', whole(written), 'passNewest', whole(newest), 'passMs', ARGV[4])
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[2], 'passes', ARGV[8])
end
local size = sizes(KEYS[1], KEYS[3], pass, written, tonumber(meta[7]), tonumber(meta[9]))
if size then
  redis.call('HSET', KEYS[2], 'dropped', whole(tonumber(meta[9]) - size[1] - size[2] - size[3]))
end
return {1}
