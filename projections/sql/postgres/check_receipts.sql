-- A receipt lists its events as [stream, version, type].
SELECT COUNT(DISTINCT r.idempotency_key) AS checked,
    MIN('key ' || r.idempotency_key || ': event ' || (told.event ->> 1) || ' of '
        || (told.event ->> 0) || ' is not in the log')
    FILTER (WHERE told.event IS NOT NULL AND e.stream IS NULL) AS offender
FROM receipts AS r
LEFT JOIN LATERAL json_array_elements(
    CASE WHEN r.outcome ->> 'status' = 'accepted' THEN r.outcome -> 'events' END
) AS told (event) ON TRUE
LEFT JOIN events AS e ON e.tenant = r.tenant AND e.stream = told.event ->> 0
    AND e.version = (told.event ->> 1)::bigint AND e.type = told.event ->> 2
WHERE r.tenant = $1
