-- Readings of stretches of one length, in order of time.
SELECT starts_at, instance, figures FROM readings
WHERE step_seconds = ?1 AND starts_at >= ?2 AND starts_at < ?3
ORDER BY starts_at, instance
LIMIT ?4
