-- Objects with a webhook that is dead or waits, and whether one is dead.
SELECT wanted.object, bool_or(w.outcome = 'dead') AS dead
FROM unnest($2::text[]) AS wanted (object)
CROSS JOIN LATERAL (
    SELECT outcome FROM inbox
    WHERE tenant = $1 AND object = wanted.object AND outcome IN ('parked', 'dead') OFFSET 0
) AS w
GROUP BY wanted.object
