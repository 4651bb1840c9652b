-- Of some balances those that a filter lets through, in the order of their names. ?2: a JSON list
-- of their keys, each a list.
SELECT seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor, version,
    updated_at
FROM json_each(?2) AS wanted
CROSS JOIN balances AS x ON x.tenant = ?1 AND x.seller_id = wanted.value ->> 0
    AND x.currency = wanted.value ->> 1
WHERE (?3 IS NULL OR seller_id = ?3)
    AND (?4 IS NULL OR currency = ?4)
    AND (?5 IS NULL OR updated_at >= ?5)
    AND (?6 IS NULL OR updated_at < ?6)
ORDER BY wanted.key
