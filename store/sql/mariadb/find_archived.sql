-- Ids and hashes, pair by pair: several bodies can share an id. DISTINCT makes a table of the
-- second list, to be looked into by number; else it would be read through for each of the first.
SELECT w.sequence, w.event_id, w.body_hash, w.event_type, w.object, w.outcome, w.reason, w.detail
FROM JSON_TABLE(?2, '$[*]' COLUMNS (ord FOR ORDINALITY, event_id VARCHAR(512) PATH '$')) AS id
STRAIGHT_JOIN (
    SELECT DISTINCT ord, body_hash
    FROM JSON_TABLE(?3, '$[*]' COLUMNS (ord FOR ORDINALITY, body_hash VARCHAR(512) PATH '$')) AS x
) AS hash ON hash.ord = id.ord
STRAIGHT_JOIN inbox AS w FORCE INDEX (inbox_event)
    ON w.event_id = id.event_id AND w.tenant = ?1 AND w.body_hash = hash.body_hash
