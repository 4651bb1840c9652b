-- Some events as they are stored, each with the block that seals its place, if there is one.
SELECT 0 AS txid, e.position, e.tenant, e.stream, e.version, e.type,
    e.schema_version, e.data, e.metadata, e.recorded_at, (
        SELECT s.number
        FROM seals AS s
        WHERE s.tenant = e.tenant AND (s.last_txid, s.last_position) >= (t.value, e.position)
            AND (s.first_txid, s.first_position) <= (t.value, e.position)
        ORDER BY s.last_txid, s.last_position
        LIMIT 1
    ) AS block
FROM json_each(?3) AS p
JOIN json_each(?2) AS t ON t.key = p.key
JOIN events AS e ON e.position = p.value
WHERE e.tenant = ?1
