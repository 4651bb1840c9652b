-- The events of some streams up to a position, stream by stream.
SELECT 0 AS txid, e.position, e.tenant, e.stream, e.version, e.type, e.schema_version, e.data,
    e.metadata, e.recorded_at
FROM JSON_TABLE(?2, '$[*]' COLUMNS (stream VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN events AS e ON e.tenant = ?1 AND e.stream = wanted.stream AND e.position <= ?3
ORDER BY e.stream, e.version
