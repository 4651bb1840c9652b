-- A receipt lists its events as [stream, version, type].
SELECT COUNT(DISTINCT r.idempotency_key) AS checked,
    MIN('key ' || r.idempotency_key || ': event ' || (told.value ->> 1) || ' of '
        || (told.value ->> 0) || ' is not in the log')
    FILTER (WHERE told.value IS NOT NULL AND e.stream IS NULL) AS offender
FROM receipts AS r
LEFT JOIN json_each(r.outcome, '$.events') AS told
LEFT JOIN events AS e ON e.tenant = r.tenant AND e.stream = told.value ->> 0
    AND e.version = told.value ->> 1 AND e.type = told.value ->> 2
WHERE r.tenant = ?1
