-- Each event that a command caused, against what the receipt of that command tells.
WITH caused AS (
    SELECT JSON_VALUE(metadata, '$.key') AS idempotency_key, stream, version FROM events
    WHERE tenant = ?1 AND JSON_VALUE(metadata, '$.key') IS NOT NULL
), compared AS (
    SELECT c.idempotency_key, c.stream, c.version, EXISTS (
        SELECT 1 FROM receipts AS r, JSON_TABLE(r.outcome, '$.events[*]' COLUMNS (
            stream VARCHAR(512) PATH '$[0]', version BIGINT PATH '$[1]'
        )) AS told
        WHERE r.tenant = ?1 AND r.idempotency_key = c.idempotency_key
            AND told.stream = c.stream AND told.version = c.version
    ) AS is_told
    FROM caused AS c
)
SELECT COUNT(*) AS checked,
    MIN(CASE WHEN NOT is_told
        THEN 'event ' || version || ' of ' || stream || ' is of the command with key '
            || idempotency_key || ', whose receipt does not tell of it'
    END) AS offender
FROM compared
