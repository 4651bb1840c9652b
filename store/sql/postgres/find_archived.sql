-- Ids and hashes, pair by pair: several bodies can share an id.
SELECT w.event_id, w.body_hash, w.outcome, w.reason
FROM unnest($2::text[], $3::text[]) AS wanted (event_id, body_hash)
CROSS JOIN LATERAL (
    SELECT * FROM inbox
    WHERE tenant = $1 AND event_id = wanted.event_id AND body_hash = wanted.body_hash OFFSET 0
) AS w
