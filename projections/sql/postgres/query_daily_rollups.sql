-- A page of daily sums. A day is asked for from the moment it begins.
SELECT day, seller_id, currency, transactions_count, transactions_net_minor,
    payouts_requested_count, payouts_requested_minor, payouts_paid_count, payouts_paid_minor,
    payouts_failed_count, payouts_failed_minor
FROM daily_rollups
WHERE tenant = $1
    AND (day, seller_id, currency) > ($3::text, $4::text, $5::text)
    AND ($6::text IS NULL OR seller_id = $6)
    AND ($7::text IS NULL OR currency = $7)
    AND ($8::timestamptz IS NULL OR day >= to_char($8 AT TIME ZONE 'UTC', 'YYYY-MM-DD'))
    AND ($9::timestamptz IS NULL OR (day || 'T00:00:00Z')::timestamptz < $9::timestamptz)
ORDER BY day, seller_id, currency
LIMIT $2
