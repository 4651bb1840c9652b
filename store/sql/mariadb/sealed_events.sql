-- Some events as they are stored, each with the block that seals its place, if there is one.
-- ?2, their transactions, are all 0.
SELECT 0 AS txid, e.position, e.tenant, e.stream, e.version, e.type,
    e.schema_version, e.data, e.metadata, e.recorded_at, (
        SELECT s.number
        FROM seals AS s
        WHERE s.tenant = e.tenant AND s.last_txid = 0 AND s.last_position >= e.position
            AND s.first_position <= e.position
        ORDER BY s.last_position
        LIMIT 1
    ) AS block
FROM JSON_TABLE(?3, '$[*]' COLUMNS (position BIGINT PATH '$')) AS p
STRAIGHT_JOIN events AS e FORCE INDEX (PRIMARY) ON e.position = p.position
WHERE e.tenant = ?1
