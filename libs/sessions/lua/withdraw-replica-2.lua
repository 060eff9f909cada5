-- Forgets a replica.
--
-- KEYS[1] ids of replicas by when they are forgotten, sorted set
-- KEYS[2] records as JSON by id, hash
-- ARGV[1] id
-- Result: nil

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'hash')
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return false
