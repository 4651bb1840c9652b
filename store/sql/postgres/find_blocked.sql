-- Objects with a webhook that is dead or waits, and whether one is dead.
SELECT object, bool_or(outcome = 'dead') AS dead FROM inbox
WHERE tenant = $1 AND object = ANY($2) AND outcome IN ('parked', 'dead')
GROUP BY object
