-- The log of one tenant as the snapshot shows it.
SELECT txid::text::bigint AS txid, position, tenant, stream, version, type, schema_version,
    data::text AS data, metadata::text AS metadata, recorded_at
FROM events
WHERE tenant = $1 AND (txid, position) > ($2::bigint::text::xid8, $3::bigint)
ORDER BY events.txid, events.position
LIMIT $4
