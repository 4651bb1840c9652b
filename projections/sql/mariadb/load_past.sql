-- The events of some streams up to a position, stream by stream. ?2: a JSON list.
SELECT 0 AS txid, e.position, e.tenant, e.stream, e.version, e.type, e.schema_version, e.data,
    e.metadata, e.recorded_at
FROM json_each(?2) AS wanted
JOIN events AS e ON e.tenant = ?1 AND e.stream = wanted.value AND e.position <= ?3
ORDER BY e.stream, e.version
