-- Payouts that should have arrived and that nobody has told of since, with the account of the
-- seller; a Stripe account that nobody registered is its own seller.
SELECT p.payout_id, p.seller_id, p.stripe_payout_id, p.status,
    COALESCE(s.stripe_account, CASE WHEN LEFT(p.seller_id, 5) = 'acct_' THEN p.seller_id END)
        AS account
FROM payouts AS p
LEFT JOIN sellers AS s ON s.tenant = p.tenant AND s.seller_id = p.seller_id
WHERE p.tenant = ?1 AND p.status IN ('pending', 'in_transit') AND p.stripe_payout_id IS NOT NULL
    AND COALESCE(p.arrival_date, p.requested_at) < ?2
ORDER BY p.payout_id
