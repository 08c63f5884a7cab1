-- What is known of a producer is text: its epoch, then ';first last offset next' of each of its last batches.
-- Judges an append of it: 0 (it follows), 1 first next (it was stored before), 2 epoch 0 (a newer epoch is known), 3 sequence 0
-- (another one is expected), 4 0 0 (what is known is damaged); then the last batches of the same epoch.
local function judge(known, epoch, from, to)
  if not known then
    return 0, 0, 0, {}
  end
  local knownEpoch = tonumber(string.match(known, '^(%d+);%d+ %d+ %d+ %d+'))
  if not knownEpoch then
    return 4, 0, 0, {}
  elseif tonumber(epoch) < knownEpoch then
    return 2, knownEpoch, 0, {}
  elseif tonumber(epoch) > knownEpoch then
    return 0, 0, 0, {}
  end
  local status, first, next, last, kept = 0, 0, 0, 0, {}
  for batch, a, b, base, after in string.gmatch(known, '(;(%d+) (%d+) (%d+) (%d+))') do
    kept[#kept + 1] = batch
    last = tonumber(b)
    if tonumber(a) == from and last == to then
      status, first, next = 1, tonumber(base), tonumber(after)
    end
  end
  local expected = (last + 1) % 2147483648
  if status == 0 and from ~= expected then
    return 3, expected, 0, {}
  end
  return status, first, next, kept
end

