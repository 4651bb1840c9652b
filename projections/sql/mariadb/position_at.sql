-- The highest position between two places of the log that was recorded by a moment.
SELECT MAX(position) AS position FROM events
WHERE position >= ?1 AND position <= ?2 AND recorded_at <= ?3
