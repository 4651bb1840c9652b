-- The first webhook of each object that is dead or waits. Some are left out of account.
-- OFFSET 0: or it might be walked in order by an index of all that wait.
SELECT wanted.object, w.sequence
FROM unnest($2::text[]) AS wanted (object)
CROSS JOIN LATERAL (
    SELECT min(sequence) AS sequence FROM (
        SELECT sequence FROM inbox
        WHERE tenant = $1 AND object = wanted.object AND outcome IN ('parked', 'dead')
            AND sequence NOT IN (SELECT unnest($3::bigint[]))
        OFFSET 0
    ) AS all_of_it
) AS w
WHERE w.sequence IS NOT NULL
