-- The webhooks that wait for some things, in order of arrival.
SELECT w.sequence, w.event_id, w.body_hash, w.body
FROM unnest($2::text[]) AS wanted (reason)
CROSS JOIN LATERAL (
    SELECT * FROM inbox WHERE tenant = $1 AND reason = wanted.reason AND outcome = 'parked' OFFSET 0
) AS w
ORDER BY w.sequence LIMIT $3
