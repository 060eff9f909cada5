-- Replicas whose heartbeats have not ceased.
--
-- KEYS[1] ids of replicas by when they are forgotten (ms since 1970), sorted set
-- KEYS[2] records as JSON by id, hash
-- Result: {id, record, id, record, ...}

expect_type(KEYS[1], 'zset')
expect_type(KEYS[2], 'hash')
local from, to = string.format('(%.0f', now_ms), string.format('%.0f', now_ms + day_ms)
local result = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], from, to)) do
  local record = redis.call('HGET', KEYS[2], id)
  if record then
    result[#result + 1] = id
    result[#result + 1] = record
  end
end
return result
