-- Webhooks that are dead or wait, in order of arrival, and how many wait behind each. They lie
-- together in the index, and are sorted.
SELECT w.sequence, w.event_id, w.body_hash, w.event_type, w.object, w.outcome, w.reason, w.detail,
    w.received_at, w.settled_at,
    (SELECT COUNT(*) FROM inbox AS b FORCE INDEX (inbox_waiting)
        WHERE b.tenant = w.tenant AND b.object = w.object AND b.sequence > w.sequence
            AND b.outcome = 'parked') AS waiting
FROM inbox AS w FORCE INDEX (inbox_parked)
WHERE w.tenant = ?1 AND w.outcome IN ('parked', 'dead') AND w.sequence > ?3
    AND (?4 IS NULL OR w.outcome = ?4)
    AND (?5 IS NULL OR w.event_type = ?5)
    AND (?6 IS NULL OR w.object = ?6)
    AND (?7 IS NULL OR w.reason = ?7)
    AND (?8 IS NULL OR w.received_at >= ?8)
    AND (?9 IS NULL OR w.received_at < ?9)
ORDER BY w.sequence
LIMIT ?2
