-- Webhooks that an operator gave up: the archive against the log.
SELECT COUNT(*) AS checked,
    MIN(CASE
        WHEN e.event_id IS NULL
            THEN 'event ' || w.event_id || ' is dropped in the archive, but not in the log'
        WHEN w.event_id IS NULL
            THEN 'event ' || e.event_id || ' is dropped in the log, but not in the archive'
    END) AS offender
FROM (
    SELECT event_id, body_hash FROM inbox
    WHERE tenant = ?1 AND outcome = 'ignored' AND reason = 'dropped'
) AS w
FULL JOIN (
    SELECT data ->> 'event_id' AS event_id, data ->> 'body_hash' AS body_hash FROM events
    WHERE tenant = ?1 AND type = 'webhook-dropped'
) AS e ON e.event_id = w.event_id AND e.body_hash = w.body_hash
