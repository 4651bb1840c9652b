-- Objects with a webhook that is dead or waits, and whether one is dead.
SELECT object, max(outcome = 'dead') AS dead FROM inbox
WHERE tenant = ?1 AND object IN (SELECT value FROM json_each(?2)) AND outcome IN ('parked', 'dead')
GROUP BY object
