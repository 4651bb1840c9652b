-- The events of some streams of one tenant after a version each, stream by stream.
-- ?2: a JSON list of streams; ?3: of the versions after which to begin.
SELECT e.stream, e.version, e.type, e.schema_version, e.data, e.position
FROM json_each(?2) AS wanted
JOIN json_each(?3) AS after ON after.key = wanted.key
JOIN events AS e ON e.tenant = ?1 AND e.stream = wanted.value AND e.version > after.value
ORDER BY e.stream, e.version
