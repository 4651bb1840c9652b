-- The webhooks that wait for some things, in order of arrival.
SELECT sequence, event_id, body_hash, body FROM inbox
WHERE tenant = ?1 AND reason IN (SELECT value FROM json_each(?2)) AND outcome = 'parked'
ORDER BY sequence LIMIT ?3
