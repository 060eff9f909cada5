-- Begins a session's journal anew.
--
-- KEYS[1] session, hash
-- KEYS[2] its journal, string
-- ARGV[1] fence of the lease
-- ARGV[2] the journal: header and prompt, see redis/journal-format.ts
-- ARGV[3] how long an idle session is kept, ms
-- Result: 1, or 0 when the lease is not in force

local session = session_in_force(KEYS[1], ARGV[1])
if not session then
  return 0
end
redis.call('SET', KEYS[2], ARGV[2])
keep_session(KEYS[1], KEYS[2], session.leased_until, ARGV[3])
return 1
