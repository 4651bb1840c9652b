-- A page of sellers.
SELECT seller_id, stripe_account, payout_schedule, minimum_payout_minor, minimum_payout_currency,
    registered_at, updated_at, version
FROM sellers
WHERE tenant = ?1
    AND seller_id > ?3
    AND (?4 IS NULL OR seller_id = ?4)
    AND (?5 IS NULL OR updated_at >= ?5)
    AND (?6 IS NULL OR updated_at < ?6)
ORDER BY seller_id
LIMIT ?2
