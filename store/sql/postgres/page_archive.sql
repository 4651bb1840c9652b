-- A page of the archive in order of arrival, with bodies.
SELECT sequence, event_id, body_hash, event_type, object, outcome, reason, detail, received_at,
    settled_at, 0::bigint AS waiting, body
FROM inbox
WHERE tenant = $1 AND sequence > $3 AND sequence <= $4
    AND ($5::text IS NULL OR outcome = $5)
    AND ($6::text IS NULL OR event_type = $6)
    AND ($7::timestamptz IS NULL OR received_at >= $7)
    AND ($8::timestamptz IS NULL OR received_at < $8)
    AND ($9::text IS NULL AND $10::text IS NULL OR object = $9 OR reason = $10)
ORDER BY sequence
LIMIT $2
