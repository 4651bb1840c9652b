-- Everything the snapshot shows.
SELECT txid::text::bigint AS txid, position, tenant, stream, version, type, schema_version,
    data::text AS data, metadata::text AS metadata, recorded_at
FROM events
WHERE (txid, position) > ($1::bigint::text::xid8, $2::bigint)
ORDER BY events.txid, events.position
LIMIT $3
