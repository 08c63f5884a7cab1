-- A lease is a hash: token, holder, and when it expires by the clock of the server that decides.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- Token, holder and expiry; nothing once it has expired, or where one of them is not as it was written.
local function current(key)
  local lease = redis.call('HMGET', key, 'token', 'holder', 'expires')
  local token, holder, expires = tonumber(lease[1] or ''), lease[2], tonumber(lease[3] or '')
  if token and holder and expires and expires > now then
    return {token, holder, expires}
  end
end

local function hold(key, token, holder, ttl)
  local expires = now + ttl
  local text = string.format('%.0f', expires)
  redis.call('HSET', key, 'token', string.format('%.0f', token), 'holder', holder, 'expires', text)
  redis.call('PEXPIREAT', key, text)
  return {token, holder, expires}
end

