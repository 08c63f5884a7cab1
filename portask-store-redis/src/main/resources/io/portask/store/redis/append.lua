-- Appends to one partition, each append by itself: offsets, idempotence, entries and the word to all nodes in one step.
-- KEYS log, meta, producers, silence
-- ARGV incarnation, now in ms, producers to remember, channel, topic:partition, number of appends; then for each append
--      producer id ('' for none), epoch, first sequence, last sequence, number of batches; then for each batch
--      number of offsets, newest timestamp, bytes
-- Returns for each append: 0 first next (stored), 1 first next (was stored before), 2 epoch 0 (a newer epoch is known),
--      3 sequence 0 (another one is expected), 4 0 0 (what is known of the producer is damaged). -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'end', 'bytes', 'newest')
if meta[1] ~= ARGV[1] then
  return {-1}
end

-- What is of the wrong type is met before anything is written.
redis.call('HLEN', KEYS[3])
redis.call('ZCARD', KEYS[4])

local function whole(number)
  return string.format('%.0f', number)
end

local beginning = tonumber(meta[2])
local offset = beginning
local bytes = tonumber(meta[3])
local newest, newestText = tonumber(meta[4]), meta[4]
local result = {}
local repeated = false
local at = 7

for _ = 1, tonumber(ARGV[6]) do
  local producer = ARGV[at]
  local batches = tonumber(ARGV[at + 4])
  local status, first, next = 0, offset, offset
  local epoch, kept = ARGV[at + 1], {}
  local from, to = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  if producer ~= '' then
    local known = redis.call('HGET', KEYS[3], producer)
    local knownEpoch = known and tonumber(string.match(known, '^(%d+);%d+ %d+ %d+ %d+'))
    if known and not knownEpoch then
      status, first, next = 4, 0, 0
    elseif known and tonumber(epoch) < knownEpoch then
      status, first, next = 2, knownEpoch, 0
    elseif known and tonumber(epoch) == knownEpoch then
      local last
      for batch, a, b, base, after in string.gmatch(known, '(;(%d+) (%d+) (%d+) (%d+))') do
        kept[#kept + 1] = batch
        last = tonumber(b)
        if tonumber(a) == from and last == to then
          status, first, next = 1, tonumber(base), tonumber(after)
          repeated = true
        end
      end
      local expected = (last + 1) % 2147483648
      if status == 0 and from ~= expected then
        status, first, next = 3, expected, 0
      end
    end
  end
  at = at + 5
  if status == 0 then
    for _ = 1, batches do
      local timestamp = ARGV[at + 1]
      if tonumber(timestamp) > newest then
        newest, newestText = tonumber(timestamp), timestamp
      end
      local added = redis.pcall('XADD', KEYS[1], whole(offset + ARGV[at]) .. '-0', 'b', ARGV[at + 2],
        'i', whole(bytes) .. ' ' .. timestamp .. ' ' .. newestText .. ' ' .. ARGV[2])
      if type(added) == 'table' then
        local reason = string.gsub(string.gsub(added.err, '^@user_script: ?%d+: ', ''), '^-', '')
        return redis.error_reply(reason .. ' at offset ' .. whole(offset))
      end
      offset = offset + ARGV[at]
      bytes = bytes + #ARGV[at + 2]
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
  redis.call('PUBLISH', ARGV[4], ARGV[5] .. ':' .. whole(offset))
elseif repeated then
  -- WAIT asks the replicas for what its connection has written: for a repeat there must be something.
  redis.call('HSET', KEYS[2], 'end', meta[2])
end
return result
