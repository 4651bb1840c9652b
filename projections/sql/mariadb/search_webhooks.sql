-- Webhooks of one object, and what waits for a stream. Reads the whole archive.
SELECT sequence, event_id, body_hash, event_type, object, outcome, reason, detail, received_at,
    settled_at
FROM inbox
WHERE tenant = ?1 AND (object = ?2 OR reason = ?3)
