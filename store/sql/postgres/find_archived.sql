-- The caller compares the hashes: several bodies can share an id.
SELECT event_id, body_hash, outcome, reason FROM inbox WHERE tenant = $1 AND event_id = ANY($2)
    AND body_hash = ANY($3)
