-- Webhooks of one object that have some ids, or are dead or wait, and what waits for a stream.
SELECT sequence, event_id, body_hash, event_type, object, outcome, reason, detail, received_at,
    settled_at
FROM inbox
WHERE tenant = ?1 AND event_id IN (
    SELECT id FROM JSON_TABLE(?2, '$[*]' COLUMNS (id VARCHAR(512) PATH '$')) AS wanted
) AND object = ?3
UNION
SELECT sequence, event_id, body_hash, event_type, object, outcome, reason, detail, received_at,
    settled_at
FROM inbox
WHERE tenant = ?1 AND object = ?3 AND outcome IN ('parked', 'dead')
UNION
SELECT sequence, event_id, body_hash, event_type, object, outcome, reason, detail, received_at,
    settled_at
FROM inbox
WHERE tenant = ?1 AND reason = ?4 AND outcome = 'parked'
