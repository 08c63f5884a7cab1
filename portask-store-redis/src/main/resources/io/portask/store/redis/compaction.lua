-- Tells what must be known to decide whether a partition is compacted now.
-- KEYS log, meta, compacted   ARGV incarnation
-- Returns start, end, the offset up to which the present pass is done and to which it goes, whose it is ('' for nobody's), when
-- that one did something last, what passes left behind as text, bytes in all, bytes that no pass has seen, when the first of
-- those was appended (-1: not known). -1 alone: the partition is not there.
local meta = redis.call('HMGET', KEYS[2], 'incarnation', 'start', 'end', 'bytes', 'pass', 'passBytes', 'formerBytes',
  'passDone', 'passEnd', 'passToken', 'passMs', 'passes')
if meta[1] ~= ARGV[1] then
  return {-1}
end
local size = sizes(KEYS[1], KEYS[3], tonumber(meta[5] or 0), tonumber(meta[6] or 0), tonumber(meta[7] or 0), tonumber(meta[4]))
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not size then
  -- A damaged entry does not tell; a pass makes it tell.
  size = {0, 0, first and math.max(1, tonumber(meta[4])) or 0}
end
local appended = first and string.match(first[2][4] or '', '(%d+)$')
return {tonumber(meta[2]), tonumber(meta[3]), tonumber(meta[8] or 0), tonumber(meta[9] or 0), meta[10] or '',
  tonumber(meta[11] or 0), meta[12] or '', size[1] + size[2] + size[3], size[3], tonumber(appended or -1)}
