SELECT a.alias, a.stream, a.fingerprint
FROM unnest($2::text[]) AS wanted (alias)
CROSS JOIN LATERAL (
    SELECT * FROM aliases WHERE tenant = $1 AND alias = wanted.alias OFFSET 0
) AS a
