-- Reads next to nothing: whether it can be read is what is asked.
SELECT 1 AS one FROM streams LIMIT 1
