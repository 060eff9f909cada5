-- Forgets a session and its journal. Its last fence stays for a while: the next one is greater, whatever clocks do.
--
-- KEYS[1] session, hash
-- KEYS[2] its journal, string
-- ARGV[1] how long the fence is kept, ms
-- Result: 1, or 0 when the session was unknown

expect_type(KEYS[1], 'hash')
local forgotten = redis.call('HDEL', KEYS[1], 'until', 'claim', 'caches')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
return forgotten > 0 and 1 or 0
