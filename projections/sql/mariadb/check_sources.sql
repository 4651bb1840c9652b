-- Each event of Stripe's that the log has applied, against the archive.
WITH caused AS (
    SELECT metadata ->> 'stripe_event' AS event_id, COUNT(*) AS events FROM events
    WHERE tenant = ?1 AND metadata ->> 'stripe_event' IS NOT NULL
    GROUP BY metadata ->> 'stripe_event'
), applied AS (
    SELECT DISTINCT event_id FROM inbox WHERE tenant = ?1 AND outcome = 'applied'
)
SELECT COUNT(*) AS checked,
    MIN('event ' || c.event_id || ' has caused events of the log, but is not in the archive as '
        || 'applied')
    FILTER (WHERE a.event_id IS NULL) AS offender
FROM caused AS c
LEFT JOIN applied AS a ON a.event_id = c.event_id
