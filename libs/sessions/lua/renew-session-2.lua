-- Extends a lease.
--
-- KEYS[1] session, hash
-- KEYS[2] its journal, string
-- ARGV[1] fence of the lease
-- ARGV[2] how long it lasts from now, ms
-- ARGV[3] how long an idle session is kept, ms
-- Result: 1, or 0 when the lease is not in force

if not session_in_force(KEYS[1], ARGV[1]) then
  return 0
end
local leased_until = now_ms + tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', leased_until))
keep_session(KEYS[1], KEYS[2], leased_until, ARGV[3])
return 1
