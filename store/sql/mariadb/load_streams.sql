-- The events of some streams of one tenant after a version each, stream by stream.
-- ?2: a JSON list of streams; ?3: of the versions after which to begin.
SELECT e.stream, e.version, e.type, e.schema_version, e.data, e.position
FROM JSON_TABLE(?2, '$[*]' COLUMNS (ord FOR ORDINALITY, stream VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN (
    SELECT DISTINCT ord, version
    FROM JSON_TABLE(?3, '$[*]' COLUMNS (ord FOR ORDINALITY, version BIGINT PATH '$')) AS x
) AS after ON after.ord = wanted.ord
STRAIGHT_JOIN events AS e FORCE INDEX (events_version)
    ON e.stream = wanted.stream AND e.tenant = ?1 AND e.version > after.version
ORDER BY e.stream, e.version
