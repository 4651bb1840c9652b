-- Groups: sums from events alone; ends of payouts, whose rows tell the rest.
-- Not part of any decision, and written by one follower at a time.
INSERT INTO daily_rollups AS x (
    tenant, day, seller_id, currency, transactions_count, transactions_net_minor,
    payouts_requested_count, payouts_requested_minor, payouts_paid_count, payouts_paid_minor,
    payouts_failed_count, payouts_failed_minor
)
SELECT tenant, day, seller_id, currency,
    SUM(transactions_count)::bigint, SUM(transactions_net_minor)::bigint,
    SUM(payouts_requested_count)::bigint, SUM(payouts_requested_minor)::bigint,
    SUM(payouts_paid_count)::bigint, SUM(payouts_paid_minor)::bigint,
    SUM(payouts_failed_count)::bigint, SUM(payouts_failed_minor)::bigint
FROM (
    SELECT s.*, 0 AS payouts_paid_count, 0 AS payouts_paid_minor, 0 AS payouts_failed_count,
        0 AS payouts_failed_minor
    FROM (
        SELECT
            unnest($1::text[]) AS tenant, unnest($2::text[]) AS day,
            unnest($3::text[]) AS seller_id, unnest($4::text[]) AS currency,
            unnest($5::bigint[]) AS transactions_count,
            unnest($6::bigint[]) AS transactions_net_minor,
            unnest($7::bigint[]) AS payouts_requested_count,
            unnest($8::bigint[]) AS payouts_requested_minor
    ) AS s
    UNION ALL
    SELECT p.tenant, e.day, p.seller_id, p.currency, 0, 0, 0, 0, e.paid, e.paid * p.amount_minor,
        e.failed, e.failed * p.amount_minor
    FROM (
        SELECT
            unnest($9::text[]) AS tenant, unnest($10::text[]) AS day,
            unnest($11::uuid[]) AS payout_id, unnest($12::bigint[]) AS paid,
            unnest($13::bigint[]) AS failed
    ) AS e
    CROSS JOIN LATERAL (
        SELECT x.tenant, x.seller_id, x.currency, x.amount_minor FROM payouts AS x
        WHERE x.tenant = e.tenant AND x.payout_id = e.payout_id
        OFFSET 0
    ) AS p
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
