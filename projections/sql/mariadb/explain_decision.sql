-- The events of one decision: told to have the same cause, around one of them. The
-- transaction id is always 0 here.
SELECT 0 AS txid, position, tenant, stream, version, type, schema_version, data, metadata,
    recorded_at
FROM events
WHERE ?2 = 0 AND position >= ?3 - 10000 AND position <= ?3 + 10000
    AND tenant = ?1 AND metadata = ?4 AND recorded_at = ?5
ORDER BY position
