-- Where some events are in the log: streams and versions, pair by pair.
SELECT e.stream, e.version, e.position
FROM unnest($2::text[], $3::bigint[]) AS wanted (stream, version)
CROSS JOIN LATERAL (
    SELECT * FROM events
    WHERE tenant = $1 AND stream = wanted.stream AND version = wanted.version OFFSET 0
) AS e
