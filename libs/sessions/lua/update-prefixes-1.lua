-- What a replica began and ceased to hold.
--
-- KEYS[1] names that it holds, set
-- ARGV[1] how long all of them are known from now, ms
-- ARGV[2] how many names it ceased to hold
-- ARGV[3...] these, and then those that it began to hold
-- Result: nil

expect_type(KEYS[1], 'set')
local removed = tonumber(ARGV[2])
for i = 3, #ARGV do
  redis.call(i < 3 + removed and 'SREM' or 'SADD', KEYS[1], ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return false
