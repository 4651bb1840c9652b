-- Positions are committed in their order: what is committed is never preceded by anything later.
-- ?1 is always 0.
SELECT 0 AS txid, position, tenant, stream, version, type, schema_version, data, metadata, recorded_at
FROM events
WHERE position > ?2 AND ?1 = 0
ORDER BY position
LIMIT ?3
