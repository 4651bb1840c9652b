-- A day's sums over all sellers, by currency. DIV makes them whole numbers, or fails.
SELECT currency,
    SUM(transactions_count) DIV 1 AS transactions_count,
    SUM(transactions_net_minor) DIV 1 AS transactions_net_minor,
    SUM(payouts_requested_count) DIV 1 AS payouts_requested_count,
    SUM(payouts_requested_minor) DIV 1 AS payouts_requested_minor,
    SUM(payouts_paid_count) DIV 1 AS payouts_paid_count,
    SUM(payouts_paid_minor) DIV 1 AS payouts_paid_minor,
    SUM(payouts_failed_count) DIV 1 AS payouts_failed_count,
    SUM(payouts_failed_minor) DIV 1 AS payouts_failed_minor
FROM daily_rollups
WHERE tenant = ?1 AND day = ?2
GROUP BY currency
ORDER BY currency
