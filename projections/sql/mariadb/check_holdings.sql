-- What each balance has in payouts of the ledger, against the items of those payouts. What
-- Stripe put into its own was never taken from a balance here.
WITH sides AS (
    SELECT seller_id, currency, reserved_minor AS reserved, paid_out_minor AS paid_out,
        0 AS items_reserved, 0 AS items_paid_out
    FROM balances WHERE tenant = ?1
    UNION ALL
    SELECT p.seller_id, i.currency, 0, 0,
        CASE WHEN p.status = 'paid' THEN 0 ELSE i.amount_minor END,
        CASE WHEN p.status = 'paid' THEN i.amount_minor ELSE 0 END
    FROM payout_items AS i
    JOIN payouts AS p ON p.tenant = i.tenant AND p.payout_id = i.payout_id
    WHERE i.tenant = ?1 AND p.origin = 'ledger'
        AND NOT i.returned AND p.status NOT IN ('failed', 'canceled')
), compared AS (
    SELECT seller_id, currency, SUM(reserved) AS reserved, SUM(paid_out) AS paid_out,
        SUM(items_reserved) AS items_reserved, SUM(items_paid_out) AS items_paid_out
    FROM sides GROUP BY seller_id, currency
)
SELECT COUNT(*) AS checked,
    MIN(CASE WHEN reserved <> items_reserved OR paid_out <> items_paid_out
        THEN seller_id || ' in ' || currency || ': ' || reserved || ' reserved and ' || paid_out
            || ' paid out, of items ' || items_reserved || ' and ' || items_paid_out
    END) AS offender
FROM compared
