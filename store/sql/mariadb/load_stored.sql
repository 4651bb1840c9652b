-- The events of one stream as they are stored.
SELECT 0 AS txid, position, tenant, stream, version, type, schema_version, data, metadata,
    recorded_at
FROM events FORCE INDEX (events_version)
WHERE tenant = ?1 AND stream = ?2
ORDER BY version
