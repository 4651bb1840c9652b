-- The log of one tenant as the snapshot shows it. ?2 is always 0.
SELECT 0 AS txid, position, tenant, stream, version, type, schema_version, data, metadata,
    recorded_at
FROM events
WHERE tenant = ?1 AND position > ?3 AND ?2 = 0
ORDER BY position
LIMIT ?4
