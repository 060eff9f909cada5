-- What scripts have in common; put before each of them.
--
-- Whatever a key holds that makes no sense is taken for absent: a session without lease, a replica without record. It
-- is a hint that was lost, or a lease whose successor has the greater fence.

local time = redis.call('TIME')
-- Microseconds and milliseconds since 1970; both are whole below 2^53, and a number is text only as %.0f.
local now_us = time[1] * 1000000 + time[2]
local now_ms = math.floor(now_us / 1000)
-- No lease, record or clock is ahead by more.
local day_ms = 86400000

-- A whole number within [lowest, highest], or nil.
local function whole(text, lowest, highest)
  local number = tonumber(text)
  if number and number >= lowest and number <= highest and number == math.floor(number) then
    return number
  end
  return nil
end

-- Removes a key of another type than it should have.
local function expect_type(key, expected)
  local actual = redis.call('TYPE', key).ok
  if actual ~= expected and actual ~= 'none' then
    redis.call('DEL', key)
  end
end

-- The session in a hash: its last fence and the end of its lease, 0 where there is none; the id of the claim, and the
-- references as JSON, false where there are none.
local function read_session(key)
  expect_type(key, 'hash')
  local fields = redis.call('HMGET', key, 'fence', 'until', 'claim', 'caches')
  return {
    fence = whole(fields[1], 0, now_us + 1000 * day_ms) or 0,
    leased_until = whole(fields[2], now_ms + 1, now_ms + day_ms) or 0,
    claim = fields[3],
    caches = fields[4],
  }
end

-- The session while the lease with this fence is in force, else nil.
local function session_in_force(key, fence)
  local session = read_session(key)
  if session.leased_until > 0 and string.format('%.0f', session.fence) == fence then
    return session
  end
  return nil
end

-- A session and its journal are kept for as long as it is leased, and at least for the time of an idle one.
local function keep_session(session_key, journal_key, leased_until, idle_ms)
  local ms = string.format('%.0f', math.max(leased_until - now_ms, tonumber(idle_ms)))
  redis.call('PEXPIRE', session_key, ms)
  redis.call('PEXPIRE', journal_key, ms)
end
