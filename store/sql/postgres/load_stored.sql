-- The events of one stream as they are stored.
SELECT txid::text::bigint AS txid, position, tenant, stream, version, type, schema_version,
    data::text AS data, metadata::text AS metadata, recorded_at
FROM events
WHERE tenant = $1 AND stream = $2
ORDER BY version
