-- A page of the archive in order of arrival, with bodies.
SELECT sequence, event_id, body_hash, event_type, object, outcome, reason, detail, received_at,
    settled_at, 0 AS waiting, body
FROM inbox FORCE INDEX (PRIMARY)
WHERE tenant = ?1 AND sequence > ?3 AND sequence <= ?4
    AND (?5 IS NULL OR outcome = ?5)
    AND (?6 IS NULL OR event_type = ?6)
    AND (?7 IS NULL OR received_at >= ?7)
    AND (?8 IS NULL OR received_at < ?8)
    AND (?9 IS NULL AND ?10 IS NULL OR object = ?9 OR reason = ?10)
ORDER BY sequence
LIMIT ?2
