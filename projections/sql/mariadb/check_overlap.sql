-- Of payouts of the ledger: items of Stripe's own are movements of its balance, and were never
-- reserved here. A payout is live unless it failed or was canceled: what was paid stays taken.
WITH taken AS (
    SELECT i.transaction_id, COUNT(*) AS payouts
    FROM payout_items AS i
    JOIN payouts AS p ON p.tenant = i.tenant AND p.payout_id = i.payout_id
    WHERE i.tenant = ?1 AND p.origin = 'ledger'
        AND NOT i.returned AND p.status NOT IN ('failed', 'canceled')
    GROUP BY i.transaction_id
)
SELECT COUNT(*) AS checked,
    MIN(CASE WHEN payouts > 1
        THEN 'transaction ' || transaction_id || ' is in ' || payouts || ' live payouts'
    END) AS offender
FROM taken
