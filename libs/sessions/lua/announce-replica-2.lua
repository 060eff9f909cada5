-- A replica's heartbeat. Forgets those whose heartbeats have ceased.
--
-- KEYS[1] ids of replicas by when they are forgotten (ms since 1970), sorted set
-- KEYS[2] records as JSON by id, hash
-- ARGV[1] id
-- ARGV[2] record as JSON
-- ARGV[3] how long the heartbeat counts, ms
-- Result: 1 when the replica was known, else 0

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'hash')
local silent = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now_ms))
local absurd = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now_ms + day_ms), '+inf')
for _, ids in ipairs({ silent, absurd }) do
  for _, id in ipairs(ids) do
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
  end
end
local added = redis.call('ZADD', KEYS[1], string.format('%.0f', now_ms + tonumber(ARGV[3])), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
local ms = string.format('%.0f', math.ceil(tonumber(last) - now_ms))
redis.call('PEXPIRE', KEYS[1], ms)
redis.call('PEXPIRE', KEYS[2], ms)
return 1 - added
