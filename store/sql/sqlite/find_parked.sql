-- The webhooks that wait for one thing, in order of arrival.
SELECT sequence, event_id, body_hash, object, body FROM inbox
WHERE tenant = ?1 AND reason = ?2 AND outcome = 'parked'
ORDER BY sequence LIMIT ?3
