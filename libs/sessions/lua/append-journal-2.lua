-- Appends what was committed to a session's journal, whose form is in redis/journal-format.ts.
--
-- KEYS[1] session, hash
-- KEYS[2] its journal, string
-- ARGV[1] fence of the lease
-- ARGV[2] tokens that the journal holds before these
-- ARGV[3] the tokens, 4 bytes each
-- ARGV[4] rounds done
-- ARGV[5] how long an idle session is kept, ms
-- Result: 1, also for a repetition whose answer was lost; 0 when the lease is not in force or the journal does not end
-- there

local header_bytes = 20
local modulus = 2147483647
local multiplier = 1000003

local session = session_in_force(KEYS[1], ARGV[1])
if not session then
  return 0
end
expect_type(KEYS[2], 'string')
local header = redis.call('GETRANGE', KEYS[2], 0, header_bytes - 1)
if #header < header_bytes then
  return 0
end
local rounds, check = struct.unpack('<I4<I4', header)
local prompt_length = struct.unpack('<I4', header, 17)
local length = (redis.call('STRLEN', KEYS[2]) - header_bytes) / 4 - prompt_length

local index = tonumber(ARGV[2])
local tokens = ARGV[3]
if length == index then
  local hash = math.fmod(modulus + check - math.fmod(rounds, modulus), modulus)
  for start = 1, #tokens, 4 do
    hash = math.fmod(hash * multiplier + struct.unpack('<I4', tokens, start) + 1, modulus)
  end
  rounds = tonumber(ARGV[4])
  check = math.fmod(hash + rounds, modulus)
  redis.call('SETRANGE', KEYS[2], 0, struct.pack('<I4<I4', rounds, check))
  redis.call('APPEND', KEYS[2], tokens)
elseif
  length ~= index + #tokens / 4
  or rounds ~= tonumber(ARGV[4])
  or redis.call('GETRANGE', KEYS[2], -#tokens, -1) ~= tokens
then
  return 0
end
keep_session(KEYS[1], KEYS[2], session.leased_until, ARGV[5])
return 1
