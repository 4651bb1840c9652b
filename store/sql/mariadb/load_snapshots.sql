SELECT s.stream, s.version, s.state
FROM JSON_TABLE(?2, '$[*]' COLUMNS (stream VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN snapshots AS s FORCE INDEX (PRIMARY) ON s.stream = wanted.stream AND s.tenant = ?1
WHERE s.format = ?3
