-- Every row with every column, of one tenant or of all.
SELECT tenant, day, seller_id, currency, transactions_count, transactions_net_minor,
    payouts_requested_count, payouts_requested_minor, payouts_paid_count,
    payouts_paid_minor, payouts_failed_count, payouts_failed_minor
FROM daily_rollups
WHERE ?1 IS NULL OR tenant = ?1
