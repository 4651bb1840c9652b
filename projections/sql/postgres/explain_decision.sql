-- The events of one decision: in one transaction, told to have the same cause, around one of them.
SELECT txid::text::bigint AS txid, position, tenant, stream, version, type, schema_version,
    data::text AS data, metadata::text AS metadata, recorded_at
FROM events
WHERE txid = $2::bigint::text::xid8 AND position >= $3::bigint - 10000
    AND position <= $3::bigint + 10000
    AND tenant = $1 AND metadata::text = $4 AND recorded_at = $5::timestamptz
ORDER BY position
