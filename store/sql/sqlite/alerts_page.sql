-- Alerts of a tenant, the newest first: of some levels (?2), firing or over (?3), fired at a moment
-- or later (?4), older than one (?5).
SELECT id, alert, subject, level, message, fired_at, last_seen_at, resolved_at, count
FROM alerts
WHERE tenant = ?1 AND level IN (SELECT value FROM json_each(?2))
    AND (?3 IS NULL OR (firing IS NOT NULL) = (?3 = 'firing'))
    AND (?4 IS NULL OR fired_at >= ?4)
    AND (?5 IS NULL OR id < ?5)
ORDER BY id DESC LIMIT ?6
