-- Gives a lease back and remembers where the caches are.
--
-- KEYS[1] session, hash
-- KEYS[2] its journal, string
-- ARGV[1] fence of the lease
-- ARGV[2] references as JSON
-- ARGV[3] how long an idle session is kept, ms
-- Result: 1, or 0 when the lease is not in force

if not session_in_force(KEYS[1], ARGV[1]) then
  return 0
end
redis.call('HDEL', KEYS[1], 'until', 'claim')
redis.call('HSET', KEYS[1], 'caches', ARGV[2])
keep_session(KEYS[1], KEYS[2], 0, ARGV[3])
return 1
