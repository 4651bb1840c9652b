-- A day's sums over all sellers, by currency.
SELECT currency,
    CAST(SUM(transactions_count) AS INTEGER) AS transactions_count,
    CAST(SUM(transactions_net_minor) AS INTEGER) AS transactions_net_minor,
    CAST(SUM(payouts_requested_count) AS INTEGER) AS payouts_requested_count,
    CAST(SUM(payouts_requested_minor) AS INTEGER) AS payouts_requested_minor,
    CAST(SUM(payouts_paid_count) AS INTEGER) AS payouts_paid_count,
    CAST(SUM(payouts_paid_minor) AS INTEGER) AS payouts_paid_minor,
    CAST(SUM(payouts_failed_count) AS INTEGER) AS payouts_failed_count,
    CAST(SUM(payouts_failed_minor) AS INTEGER) AS payouts_failed_minor
FROM daily_rollups
WHERE tenant = ?1 AND day = ?2
GROUP BY currency
ORDER BY currency
