-- Each event that a command caused, against what the receipt of that command tells.
WITH told AS (
    SELECT r.idempotency_key AS key, e.event ->> 0 AS stream, e.event ->> 1 AS version
    FROM receipts AS r
    CROSS JOIN LATERAL json_array_elements(
        CASE WHEN r.outcome ->> 'status' = 'accepted' THEN r.outcome -> 'events' END
    ) AS e (event)
    WHERE r.tenant = $1
), caused AS (
    SELECT metadata ->> 'key' AS key, stream, version::text AS version FROM events
    WHERE tenant = $1 AND metadata ->> 'key' IS NOT NULL
)
SELECT COUNT(*) AS checked,
    MIN('event ' || c.version || ' of ' || c.stream || ' is of the command with key ' || c.key
        || ', whose receipt does not tell of it')
    FILTER (WHERE t.key IS NULL) AS offender
FROM caused AS c
LEFT JOIN told AS t ON t.key = c.key AND t.stream = c.stream AND t.version = c.version
