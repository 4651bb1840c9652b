-- The first event at or behind a place of the log, which is a position.
SELECT position AS place, recorded_at FROM events
WHERE position >= ?1
ORDER BY position
LIMIT 1
