-- Some outside names and who owns them.
SELECT alias, stream, fingerprint FROM aliases
WHERE tenant = ?1 AND alias IN (
    SELECT alias FROM JSON_TABLE(?2, '$[*]' COLUMNS (alias VARCHAR(512) PATH '$')) AS wanted
)
