-- Ids and hashes, pair by pair: several bodies can share an id.
SELECT w.sequence, w.event_id, w.body_hash, w.event_type, w.object, w.outcome, w.reason, w.detail
FROM json_each(?2) AS id
JOIN json_each(?3) AS hash ON hash.key = id.key
JOIN inbox AS w ON w.tenant = ?1 AND w.event_id = id.value AND w.body_hash = hash.value
