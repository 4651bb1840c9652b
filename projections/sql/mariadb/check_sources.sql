-- Each event of Stripe's that the log has applied, against the archive.
WITH caused AS (
    SELECT JSON_VALUE(metadata, '$.stripe_event') AS event_id FROM events
    WHERE tenant = ?1 AND JSON_VALUE(metadata, '$.stripe_event') IS NOT NULL
    GROUP BY event_id
), applied AS (
    SELECT DISTINCT event_id FROM inbox WHERE tenant = ?1 AND outcome = 'applied'
)
SELECT COUNT(*) AS checked,
    MIN(CASE WHEN a.event_id IS NULL
        THEN 'event ' || c.event_id || ' has caused events of the log, but is not in the archive '
            || 'as applied'
    END) AS offender
FROM caused AS c
LEFT JOIN applied AS a ON a.event_id = c.event_id
