-- Everything the snapshot shows. ?1 is always 0.
SELECT 0 AS txid, position, tenant, stream, version, type, schema_version, data, metadata, recorded_at
FROM events
WHERE position > ?2 AND ?1 = 0
ORDER BY position
LIMIT ?3
