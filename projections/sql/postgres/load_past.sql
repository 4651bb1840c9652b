-- The events of some streams up to a position, stream by stream.
SELECT e.txid::text::bigint AS txid, e.position, e.tenant, e.stream, e.version, e.type,
    e.schema_version, e.data::text AS data, e.metadata::text AS metadata, e.recorded_at
FROM unnest($2::text[]) AS wanted (stream)
CROSS JOIN LATERAL (
    SELECT * FROM events AS e
    WHERE e.tenant = $1 AND e.stream = wanted.stream AND e.position <= $3::bigint
    ORDER BY e.version
) AS e
