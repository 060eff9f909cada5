-- How much of a text replicas hold. Whoever holds a name holds those before it, so a binary search finds the last one.
--
-- KEYS    names that a replica holds, set; one for each replica
-- ARGV    names of the text's prefixes, shortest first
-- Result: how many of the names each replica holds, in the order of KEYS

local result = {}
for i, key in ipairs(KEYS) do
  local held, missing = 0, #ARGV + 1
  while missing - held > 1 do
    local middle = math.floor((held + missing) / 2)
    -- A key of another type answers with an error, which is not 1.
    if redis.pcall('SISMEMBER', key, ARGV[middle]) == 1 then
      held = middle
    else
      missing = middle
    end
  end
  result[i] = held
end
return result
