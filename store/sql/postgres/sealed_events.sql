-- Some events as they are stored, each with the block that seals its place, if there is one.
SELECT e.txid::text::bigint AS txid, e.position, e.tenant, e.stream, e.version, e.type,
    e.schema_version, e.data::text AS data, e.metadata::text AS metadata, e.recorded_at, (
        SELECT s.number
        FROM seals AS s
        WHERE s.tenant = e.tenant AND (s.last_txid, s.last_position) >= (w.txid, w.position)
            AND (s.first_txid, s.first_position) <= (w.txid, w.position)
        ORDER BY s.last_txid, s.last_position
        LIMIT 1
    ) AS block
FROM (SELECT unnest($2::bigint[]) AS txid, unnest($3::bigint[]) AS position) AS w
JOIN events AS e ON e.txid = w.txid::text::xid8 AND e.position = w.position
WHERE e.tenant = $1
