-- Webhooks that an operator gave up: the archive against the log.
WITH archived AS (
    SELECT event_id, body_hash FROM inbox
    WHERE tenant = ?1 AND outcome = 'ignored' AND reason = 'dropped'
), logged AS (
    SELECT JSON_VALUE(data, '$.event_id') AS event_id, JSON_VALUE(data, '$.body_hash') AS body_hash
    FROM events
    WHERE tenant = ?1 AND type = 'webhook-dropped'
), compared AS (
    SELECT w.event_id AS archived, e.event_id AS logged
    FROM archived AS w
    LEFT JOIN logged AS e ON e.event_id = w.event_id AND e.body_hash = w.body_hash
    UNION ALL
    SELECT NULL, e.event_id
    FROM logged AS e
    LEFT JOIN archived AS w ON w.event_id = e.event_id AND w.body_hash = e.body_hash
    WHERE w.event_id IS NULL
)
SELECT COUNT(*) AS checked,
    MIN(CASE
        WHEN logged IS NULL
            THEN 'event ' || archived || ' is dropped in the archive, but not in the log'
        WHEN archived IS NULL
            THEN 'event ' || logged || ' is dropped in the log, but not in the archive'
    END) AS offender
FROM compared
