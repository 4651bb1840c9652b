-- The last event.
SELECT 0 AS txid, position FROM events ORDER BY position DESC LIMIT 1
