-- The webhooks that wait for some things, in order of arrival. Of those that wait behind others of
-- their object, only the ones before the first that is dead or waits for something else.
WITH wanted AS MATERIALIZED (
    SELECT value AS reason, (
        SELECT min(sequence) FROM inbox
        WHERE tenant = ?1 AND object = value AND outcome IN ('parked', 'dead')
            AND (outcome = 'dead' OR reason <> object)
    ) AS head
    FROM json_each(?2)
)
SELECT w.event_id, w.body_hash, w.object, w.body
FROM wanted
JOIN inbox AS w ON w.tenant = ?1 AND w.reason = wanted.reason AND w.outcome = 'parked'
    AND (wanted.head IS NULL OR w.sequence < wanted.head)
ORDER BY w.sequence LIMIT ?3
