-- Which of some events are in the archive, whatever their bodies.
SELECT wanted.event_id
FROM unnest($2::text[]) AS wanted (event_id)
CROSS JOIN LATERAL (
    SELECT FROM inbox WHERE event_id = wanted.event_id AND tenant = $1 LIMIT 1
) AS w
