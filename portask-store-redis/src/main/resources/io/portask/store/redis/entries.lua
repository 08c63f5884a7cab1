-- The entries of a partition lie in up to three parts, one behind the other: what the present pass of compaction has written, what
-- is left of the pass before it, and the log. Their ids are pass-offset in the first two, which are one stream.
local function whole(number)
  return string.format('%.0f', number)
end

-- Up to count entries, the first of which ends behind an offset and the last at stop: offset behind it, fields, number of its part.
local function entries(log, compacted, pass, offset, stop, count)
  local found = {}
  local function add(part, key, from, to, pattern)
    if #found < count then
      for _, entry in ipairs(redis.call('XRANGE', key, from, to, 'COUNT', count - #found)) do
        found[#found + 1] = {tonumber(string.match(entry[1], pattern)), entry[2], part}
      end
    end
  end
  for part = 1, pass > 0 and 2 or 0 do
    local prefix = whole(pass + 1 - part) .. '-'
    add(part, compacted, prefix .. whole(offset + 1), prefix .. whole(stop), '%d+$')
  end
  add(3, log, whole(offset + 1) .. '-0', whole(stop) .. '-0', '^%d+')
  return found
end

-- The bytes in each part, by what its first entry says that lay before it; nothing if an entry does not tell.
local function sizes(log, compacted, pass, written, left, bytes)
  local function size(key, from, to, total)
    local first = redis.call('XRANGE', key, from, to, 'COUNT', 1)[1]
    if not first then
      return 0
    end
    local before = string.match(first[2][4] or '', '^%d+')
    return before and total - tonumber(before)
  end
  local present, former = 0, 0
  if pass > 0 then
    local prefix = whole(pass) .. '-'
    present = size(compacted, prefix .. '0', '+', written)
    former = size(compacted, '-', '(' .. prefix .. '0', left)
  end
  local rest = size(log, '-', '+', bytes)
  return present and former and rest and {present, former, rest}
end

