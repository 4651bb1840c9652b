-- The events of some streams of one tenant after a version each, stream by stream.
SELECT e.stream, e.version, e.type, e.schema_version, e.data::text AS data, e.position
FROM unnest($2::text[], $3::bigint[]) AS wanted (stream, after)
CROSS JOIN LATERAL (
    SELECT * FROM events AS e
    WHERE e.tenant = $1 AND e.stream = wanted.stream AND e.version > wanted.after
    ORDER BY e.version
) AS e
