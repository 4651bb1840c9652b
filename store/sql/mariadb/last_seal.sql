-- The last block of a chain.
SELECT number, hash FROM seals
WHERE tenant = ?1
ORDER BY number DESC
LIMIT 1
