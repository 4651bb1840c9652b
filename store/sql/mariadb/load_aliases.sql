SELECT a.alias, a.stream, a.fingerprint
FROM JSON_TABLE(?2, '$[*]' COLUMNS (alias VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN aliases AS a FORCE INDEX (PRIMARY) ON a.alias = wanted.alias AND a.tenant = ?1
