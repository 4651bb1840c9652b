-- The last position of the log.
SELECT position FROM events
ORDER BY position DESC
LIMIT 1
