-- The alerts of a tenant that fire.
SELECT id, alert, subject, level, message, fired_at, last_seen_at, resolved_at, count
FROM alerts WHERE tenant = ?1 AND firing ORDER BY id
