-- Groups: sums from events alone; ends of payouts, whose rows tell the rest.
-- Not part of any decision, and written by one follower at a time.
INSERT INTO daily_rollups (
    tenant, day, seller_id, currency, transactions_count, transactions_net_minor,
    payouts_requested_count, payouts_requested_minor, payouts_paid_count, payouts_paid_minor,
    payouts_failed_count, payouts_failed_minor
)
SELECT tenant, day, seller_id, currency,
    SUM(transactions_count), SUM(transactions_net_minor), SUM(payouts_requested_count),
    SUM(payouts_requested_minor), SUM(payouts_paid_count), SUM(payouts_paid_minor),
    SUM(payouts_failed_count), SUM(payouts_failed_minor)
FROM (
    SELECT r.*, 0 AS payouts_paid_count, 0 AS payouts_paid_minor, 0 AS payouts_failed_count,
        0 AS payouts_failed_minor
    FROM JSON_TABLE(?1, '$[*]' COLUMNS (
        tenant VARCHAR(64) PATH '$[0]', day VARCHAR(16) PATH '$[1]',
        seller_id VARCHAR(256) PATH '$[2]', currency VARCHAR(8) PATH '$[3]',
        transactions_count BIGINT PATH '$[4]', transactions_net_minor BIGINT PATH '$[5]',
        payouts_requested_count BIGINT PATH '$[6]', payouts_requested_minor BIGINT PATH '$[7]'
    )) AS r
    UNION ALL
    SELECT p.tenant, e.day, p.seller_id, p.currency, 0, 0, 0, 0, e.paid, e.paid * p.amount_minor,
        e.failed, e.failed * p.amount_minor
    FROM JSON_TABLE(?2, '$[*]' COLUMNS (
        tenant VARCHAR(64) PATH '$[0]', day VARCHAR(16) PATH '$[1]',
        payout_id CHAR(36) PATH '$[2]', paid BIGINT PATH '$[3]', failed BIGINT PATH '$[4]'
    )) AS e
    STRAIGHT_JOIN payouts AS p ON p.tenant = e.tenant AND p.payout_id = e.payout_id
) AS added
GROUP BY tenant, day, seller_id, currency
ORDER BY tenant, day, seller_id, currency
ON DUPLICATE KEY UPDATE
    transactions_count = daily_rollups.transactions_count + VALUES(transactions_count),
    transactions_net_minor = daily_rollups.transactions_net_minor
        + VALUES(transactions_net_minor),
    payouts_requested_count = daily_rollups.payouts_requested_count
        + VALUES(payouts_requested_count),
    payouts_requested_minor = daily_rollups.payouts_requested_minor
        + VALUES(payouts_requested_minor),
    payouts_paid_count = daily_rollups.payouts_paid_count + VALUES(payouts_paid_count),
    payouts_paid_minor = daily_rollups.payouts_paid_minor + VALUES(payouts_paid_minor),
    payouts_failed_count = daily_rollups.payouts_failed_count + VALUES(payouts_failed_count),
    payouts_failed_minor = daily_rollups.payouts_failed_minor + VALUES(payouts_failed_minor)
