-- The webhooks that wait for some things, in order of arrival. Of those that wait behind others of
-- their object, only the ones before the first that is dead or waits for something else.
SELECT w.event_id, w.body_hash, w.object, w.body
FROM unnest($2::text[]) AS wanted (reason)
CROSS JOIN LATERAL (
    SELECT min(sequence) AS sequence FROM (
        SELECT sequence FROM inbox
        WHERE tenant = $1 AND object = wanted.reason AND outcome IN ('parked', 'dead')
            AND (outcome = 'dead' OR reason <> object)
        OFFSET 0
    ) AS all_of_it
) AS head
CROSS JOIN LATERAL (
    SELECT * FROM inbox
    WHERE tenant = $1 AND reason = wanted.reason AND outcome = 'parked'
        AND (head.sequence IS NULL OR sequence < head.sequence)
    OFFSET 0
) AS w
ORDER BY w.sequence LIMIT $3
