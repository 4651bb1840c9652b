SELECT DISTINCT object FROM inbox
WHERE tenant = ?1 AND object IN (SELECT value FROM json_each(?2)) AND outcome IN ('parked', 'dead')
