-- The first webhook of each object that is dead or waits. Some are left out of account.
SELECT wanted.object, w.sequence
FROM unnest($2::text[]) AS wanted (object)
CROSS JOIN LATERAL (
    SELECT sequence FROM inbox
    WHERE tenant = $1 AND object = wanted.object AND outcome IN ('parked', 'dead')
        AND sequence NOT IN (SELECT unnest($3::bigint[]))
    ORDER BY sequence LIMIT 1
) AS w
