-- The webhooks that wait for some things, in order of arrival.
SELECT sequence, event_id, body_hash, body FROM inbox
WHERE tenant = $1 AND reason = ANY($2) AND outcome = 'parked'
ORDER BY sequence LIMIT $3
