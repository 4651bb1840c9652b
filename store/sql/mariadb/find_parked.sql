-- The webhooks that wait for some things, in order of arrival. Of those that wait behind others of
-- their object, only the ones before the first that is dead or waits for something else.
-- First which ones, by the index alone: then only their bodies are read.
SELECT w.event_id, w.body_hash, w.object, w.body
FROM (
    SELECT p.sequence
    FROM (
        SELECT DISTINCT reason, (
            SELECT MIN(head.sequence) FROM inbox AS head FORCE INDEX (inbox_waiting)
            WHERE head.tenant = ?1 AND head.object = list.reason
                AND head.outcome IN ('parked', 'dead')
                AND (head.outcome = 'dead' OR head.reason <> head.object)
        ) AS head
        FROM JSON_TABLE(?2, '$[*]' COLUMNS (reason VARCHAR(512) PATH '$')) AS list
    ) AS wanted
    STRAIGHT_JOIN inbox AS p FORCE INDEX (inbox_parked)
        ON p.outcome = 'parked' AND p.tenant = ?1 AND p.reason = wanted.reason
    WHERE wanted.head IS NULL OR p.sequence < wanted.head
    ORDER BY p.sequence LIMIT ?3
) AS found
STRAIGHT_JOIN inbox AS w FORCE INDEX (PRIMARY) ON w.sequence = found.sequence
ORDER BY found.sequence
