-- The first webhook of each object that is dead or waits. Some are left out of account.
SELECT object, min(sequence) AS sequence FROM inbox
WHERE tenant = ?1 AND object IN (SELECT value FROM json_each(?2)) AND outcome IN ('parked', 'dead')
    AND sequence NOT IN (SELECT value FROM json_each(?3))
GROUP BY object
