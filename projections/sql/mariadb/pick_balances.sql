-- Of some balances those that a filter lets through, in the order of their names. Their
-- keys are a JSON list of lists.
SELECT seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor, version,
    updated_at
FROM JSON_TABLE(?2, '$[*]' COLUMNS (
    number FOR ORDINALITY, key_0 VARCHAR(512) PATH '$[0]', key_1 VARCHAR(512) PATH '$[1]'
)) AS wanted
STRAIGHT_JOIN balances AS x
    ON x.tenant = ?1 AND x.seller_id = wanted.key_0 AND x.currency = wanted.key_1
WHERE (?3 IS NULL OR seller_id = ?3)
    AND (?4 IS NULL OR currency = ?4)
    AND (?5 IS NULL OR updated_at >= ?5)
    AND (?6 IS NULL OR updated_at < ?6)
ORDER BY wanted.number
