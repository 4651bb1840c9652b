-- Where some events are in the log: streams and versions, pair by pair.
SELECT e.stream, e.version, e.position
FROM JSON_TABLE(?2, '$[*]' COLUMNS (ord FOR ORDINALITY, stream VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN (
    SELECT DISTINCT ord, version
    FROM JSON_TABLE(?3, '$[*]' COLUMNS (ord FOR ORDINALITY, version BIGINT PATH '$')) AS x
) AS number ON number.ord = wanted.ord
STRAIGHT_JOIN events AS e FORCE INDEX (events_version)
    ON e.stream = wanted.stream AND e.tenant = ?1 AND e.version = number.version
