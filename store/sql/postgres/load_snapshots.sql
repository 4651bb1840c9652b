SELECT s.stream, s.version, s.state
FROM unnest($2::text[]) AS wanted (stream)
CROSS JOIN LATERAL (
    SELECT * FROM snapshots WHERE tenant = $1 AND stream = wanted.stream OFFSET 0
) AS s
WHERE s.format = $3
