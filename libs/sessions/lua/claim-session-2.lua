-- Claims a session unless it is leased.
--
-- KEYS[1] session, hash
-- KEYS[2] its journal, string
-- ARGV[1] how long the lease lasts, ms
-- ARGV[2] how long an idle session is kept, ms
-- ARGV[3] id of the claim: a repetition, whose answer was lost, gets the same lease again
-- Result: {fence, references as JSON or ''}; nil while another lease is in force

local session = read_session(KEYS[1])
local fence = session.fence
if session.leased_until > 0 then
  if session.claim ~= ARGV[3] then
    return false
  end
else
  fence = math.max(now_us, fence + 1)
end
local leased_until = now_ms + tonumber(ARGV[1])
local text = string.format('%.0f', fence)
redis.call('HSET', KEYS[1], 'fence', text, 'until', string.format('%.0f', leased_until), 'claim', ARGV[3])
keep_session(KEYS[1], KEYS[2], leased_until, ARGV[2])
return { text, session.caches or '' }
