-- The caller compares the hashes: several bodies can share an id.
SELECT event_id, body_hash, outcome, reason FROM inbox
WHERE tenant = ?1 AND event_id IN (SELECT value FROM json_each(?2))
    AND body_hash IN (SELECT value FROM json_each(?3))
