-- A page of balances.
SELECT seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor, version,
    updated_at
FROM balances
WHERE tenant = ?1
    AND (seller_id > ?3 OR (seller_id = ?3 AND currency > ?4))
    AND (?5 IS NULL OR seller_id = ?5)
    AND (?6 IS NULL OR currency = ?6)
    AND (?7 IS NULL OR updated_at >= ?7)
    AND (?8 IS NULL OR updated_at < ?8)
ORDER BY seller_id, currency
LIMIT ?2
