-- The webhooks of an event's id, one for each body, and how many wait behind each that is dead or
-- waits itself.
SELECT w.sequence, w.event_id, w.body_hash, w.event_type, w.object, w.outcome, w.reason, w.detail,
    w.received_at, w.settled_at,
    CASE WHEN w.outcome IN ('parked', 'dead') THEN (
        SELECT COUNT(*) FROM inbox AS b FORCE INDEX (inbox_waiting)
        WHERE b.tenant = w.tenant AND b.object = w.object AND b.sequence > w.sequence
            AND b.outcome = 'parked'
    ) ELSE 0 END AS waiting
FROM inbox AS w FORCE INDEX (inbox_event)
WHERE w.event_id = ?2 AND w.tenant = ?1
ORDER BY w.sequence
