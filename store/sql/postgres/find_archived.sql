-- Ids and hashes, pair by pair: several bodies can share an id.
SELECT w.sequence, w.event_id, w.body_hash, w.event_type, w.object, w.outcome, w.reason, w.detail
FROM unnest($2::text[], $3::text[]) AS wanted (event_id, body_hash)
CROSS JOIN LATERAL (
    SELECT * FROM inbox
    WHERE tenant = $1 AND event_id = wanted.event_id AND body_hash = wanted.body_hash OFFSET 0
) AS w
