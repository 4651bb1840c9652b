SELECT DISTINCT object FROM inbox
WHERE tenant = $1 AND object = ANY($2) AND outcome IN ('parked', 'dead')
