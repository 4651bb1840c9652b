-- A page of daily sums. A day is asked for from the moment it begins.
SELECT day, seller_id, currency, transactions_count, transactions_net_minor,
    payouts_requested_count, payouts_requested_minor, payouts_paid_count, payouts_paid_minor,
    payouts_failed_count, payouts_failed_minor
FROM daily_rollups
WHERE tenant = ?1
    AND (day > ?3 OR (day = ?3 AND (seller_id > ?4 OR (seller_id = ?4 AND currency > ?5))))
    AND (?6 IS NULL OR seller_id = ?6)
    AND (?7 IS NULL OR currency = ?7)
    AND (?8 IS NULL OR day >= LEFT(?8, 10))
    AND (?9 IS NULL OR CAST(day AS DATETIME(6)) < ?9)
ORDER BY day, seller_id, currency
LIMIT ?2
