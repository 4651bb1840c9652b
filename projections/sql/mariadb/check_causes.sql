-- Each event that a command caused, against what the receipt of that command tells.
WITH caused AS (
    SELECT metadata ->> 'key' AS key, stream, version FROM events
    WHERE tenant = ?1 AND metadata ->> 'key' IS NOT NULL
)
SELECT COUNT(*) AS checked,
    MIN('event ' || c.version || ' of ' || c.stream || ' is of the command with key ' || c.key
        || ', whose receipt does not tell of it')
    FILTER (WHERE NOT EXISTS (
        SELECT 1 FROM receipts AS r, json_each(r.outcome, '$.events') AS told
        WHERE r.tenant = ?1 AND r.idempotency_key = c.key
            AND told.value ->> 0 = c.stream AND told.value ->> 1 = c.version
    )) AS offender
FROM caused AS c
