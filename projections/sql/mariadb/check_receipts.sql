-- A receipt lists its events as [stream, version, type].
SELECT COUNT(DISTINCT r.idempotency_key) AS checked,
    MIN(CASE WHEN told.stream IS NOT NULL AND e.stream IS NULL
        THEN 'key ' || r.idempotency_key || ': event ' || told.version || ' of ' || told.stream
            || ' is not in the log'
    END) AS offender
FROM receipts AS r
LEFT JOIN JSON_TABLE(r.outcome, '$.events[*]' COLUMNS (
    stream VARCHAR(512) PATH '$[0]', version BIGINT PATH '$[1]', type VARCHAR(512) PATH '$[2]'
)) AS told ON TRUE
LEFT JOIN events AS e ON e.tenant = r.tenant AND e.stream = told.stream
    AND e.version = told.version AND e.type = told.type
WHERE r.tenant = ?1
