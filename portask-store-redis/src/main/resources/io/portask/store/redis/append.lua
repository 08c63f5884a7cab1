-- Appends to one partition, each append by itself: offsets, idempotence, entries and the word to all nodes in one step.
-- KEYS log, meta, producers, silence, held
-- ARGV incarnation, now in ms, producers to remember, channel, topic:partition, number of appends, '' or the offset from which
--      on a transaction that admit.lua began has added the entries, 1 if it is sure that all records have keys, '' or the channel
--      within the shard; then for each append
--      producer id ('' for none), epoch, first sequence, last sequence, number of batches; then for each batch
--      number of offsets, newest timestamp, its bytes, or how many they are if its entry was added
-- Returns for each append: 0 first next (stored), 1 first next (was stored before), 2 epoch 0 (a newer epoch is known),
--      3 sequence 0 (another one is expected), 4 0 0 (what is known of the producer is damaged); then end, bytes and newest
--      timestamp of the partition. -1 alone: the partition is not there. -2 alone: nothing was added or may be so.
--      -3 alone: the topic is compacted, the caller has to look for records without keys first.
local added = ARGV[7] ~= ''
if added then
  if redis.call('TYPE', KEYS[1]).ok == 'string' then
    redis.call('DEL', KEYS[1])
    if redis.call('EXISTS', KEYS[5]) == 1 then
      redis.call('RENAME', KEYS[5], KEYS[1])
    end
    return {-2}
  end
  local entries = redis.call('GET', KEYS[5])
  redis.call('DEL', KEYS[5])
  if redis.call('XLEN', KEYS[1]) ~= tonumber(entries) then
    -- Something foreign was in the way of some.
    local id, at = tonumber(ARGV[7]), 10
    for _ = 1, tonumber(ARGV[6]) do
      for batch = 1, tonumber(ARGV[at + 4]) do
        id = id + ARGV[at + 2 + 3 * batch]
        redis.call('XDEL', KEYS[1], whole(id) .. '-0')
      end
      at = at + 5 + 3 * ARGV[at + 4]
    end
    return {-2}
  end
end

local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'end', 'bytes', 'newest', 'compaction')
if meta[1] ~= ARGV[1] then
  return {-1}
end
if not added and ARGV[8] ~= '1' and tonumber(meta[5] or 0) % 2 == 1 then
  return {-3}
end

-- What is of the wrong type is met before anything is written.
redis.call('HLEN', KEYS[3])
redis.call('ZCARD', KEYS[4])

local beginning = tonumber(meta[2])
local offset = beginning
local bytes = tonumber(meta[3])
local newest, newestText = tonumber(meta[4]), meta[4]
local result = {}
local repeated = false
local at = 10

for _ = 1, tonumber(ARGV[6]) do
  local producer = ARGV[at]
  local batches = tonumber(ARGV[at + 4])
  local status, first, next, kept = 0, offset, offset, {}
  local epoch, from, to = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  if producer ~= '' then
    status, first, next, kept = judge(redis.call('HGET', KEYS[3], producer), epoch, from, to)
    if status == 0 then
      first = offset
    end
    repeated = repeated or status == 1
  end
  at = at + 5
  if status == 0 then
    for _ = 1, batches do
      local timestamp = ARGV[at + 1]
      if tonumber(timestamp) > newest then
        newest, newestText = tonumber(timestamp), timestamp
      end
      if not added then
        local entry = redis.pcall('XADD', KEYS[1], whole(offset + ARGV[at]) .. '-0', 'b', ARGV[at + 2],
          'i', whole(bytes) .. ' ' .. timestamp .. ' ' .. newestText .. ' ' .. ARGV[2])
        if type(entry) == 'table' then
          local reason = string.gsub(string.gsub(entry.err, '^@user_script: ?%d+: ', ''), '^-', '')
          return redis.error_reply(reason .. ' at offset ' .. whole(offset))
        end
      end
      offset = offset + ARGV[at]
      bytes = bytes + (added and ARGV[at + 2] or #ARGV[at + 2])
      at = at + 3
    end
    next = offset
    if producer ~= '' then
      if #kept == 5 then
        table.remove(kept, 1)
      end
      kept[#kept + 1] = ';' .. whole(from) .. ' ' .. whole(to) .. ' ' .. whole(first) .. ' ' .. whole(next)
      redis.call('HSET', KEYS[3], producer, epoch .. table.concat(kept))
      redis.call('ZADD', KEYS[4], whole(next), producer)
      if redis.call('ZCARD', KEYS[4]) > tonumber(ARGV[3]) then
        redis.call('HDEL', KEYS[3], redis.call('ZPOPMIN', KEYS[4])[1])
      end
    end
  else
    at = at + 3 * batches
  end
  result[#result + 1] = status
  result[#result + 1] = first
  result[#result + 1] = next
end

if offset > beginning then
  redis.call('HSET', KEYS[2], 'end', whole(offset), 'bytes', whole(bytes), 'newest', newestText)
  local notice = ARGV[5] .. ':' .. whole(offset)
  if ARGV[9] == '' or type(redis.pcall('SPUBLISH', ARGV[9], notice)) == 'table' then
    redis.call('PUBLISH', ARGV[4], notice)
  end
elseif repeated then
  -- WAIT asks the replicas for what its connection has written: for a repeat there must be something.
  redis.call('HSET', KEYS[2], 'end', meta[2])
end
result[#result + 1] = offset
result[#result + 1] = bytes
result[#result + 1] = newest
return result
