-- Groups: sums from events alone; ends of payouts, whose rows tell the rest.
-- Not part of any decision, and written by one follower at a time.
INSERT INTO daily_rollups AS x (
    tenant, day, seller_id, currency, transactions_count, transactions_net_minor,
    payouts_requested_count, payouts_requested_minor, payouts_paid_count, payouts_paid_minor,
    payouts_failed_count, payouts_failed_minor
)
SELECT tenant, day, seller_id, currency,
    SUM(transactions_count), SUM(transactions_net_minor), SUM(payouts_requested_count),
    SUM(payouts_requested_minor), SUM(payouts_paid_count), SUM(payouts_paid_minor),
    SUM(payouts_failed_count), SUM(payouts_failed_minor)
FROM (
    SELECT value ->> 0 AS tenant, value ->> 1 AS day, value ->> 2 AS seller_id,
        value ->> 3 AS currency, value ->> 4 AS transactions_count,
        value ->> 5 AS transactions_net_minor, value ->> 6 AS payouts_requested_count,
        value ->> 7 AS payouts_requested_minor, 0 AS payouts_paid_count,
        0 AS payouts_paid_minor, 0 AS payouts_failed_count, 0 AS payouts_failed_minor
    FROM json_each(?1, '$[0]')
    UNION ALL
    SELECT p.tenant, e.value ->> 1, p.seller_id, p.currency, 0, 0, 0, 0, e.value ->> 3,
        (e.value ->> 3) * p.amount_minor, e.value ->> 4, (e.value ->> 4) * p.amount_minor
    FROM json_each(?1, '$[1]') AS e
    JOIN payouts AS p ON p.tenant = e.value ->> 0 AND p.payout_id = e.value ->> 2
) AS added
GROUP BY tenant, day, seller_id, currency
ORDER BY tenant, day, seller_id, currency
ON CONFLICT (tenant, day, seller_id, currency) DO UPDATE
SET transactions_count = x.transactions_count + excluded.transactions_count,
    transactions_net_minor = x.transactions_net_minor + excluded.transactions_net_minor,
    payouts_requested_count = x.payouts_requested_count + excluded.payouts_requested_count,
    payouts_requested_minor = x.payouts_requested_minor + excluded.payouts_requested_minor,
    payouts_paid_count = x.payouts_paid_count + excluded.payouts_paid_count,
    payouts_paid_minor = x.payouts_paid_minor + excluded.payouts_paid_minor,
    payouts_failed_count = x.payouts_failed_count + excluded.payouts_failed_count,
    payouts_failed_minor = x.payouts_failed_minor + excluded.payouts_failed_minor
