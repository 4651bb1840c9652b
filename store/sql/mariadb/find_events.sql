-- Which of some events are in the archive, whatever their bodies.
SELECT wanted.value AS event_id
FROM json_each(?2) AS wanted
WHERE EXISTS (SELECT 1 FROM inbox WHERE event_id = wanted.value AND tenant = ?1)
