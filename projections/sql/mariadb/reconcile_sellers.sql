-- A page of sellers, with their accounts at Stripe, and since when a payout waits that Stripe may
-- not have: all that are registered, and those that only payouts name. Payouts that were adopted
-- before their account was registered have the account for a seller: they come with the seller
-- that has it now.
SELECT s.seller_id, s.stripe_account, (
    SELECT min(p.requested_at)
    FROM payouts AS p
    WHERE p.tenant = ?1 AND p.seller_id = s.seller_id
        AND p.stripe_payout_id IS NULL AND p.status IN ('requested', 'in_doubt')
) AS waiting_since
FROM sellers AS s
WHERE s.tenant = ?1
    AND s.seller_id > ?3
    AND (?4 IS NULL OR s.seller_id = ?4)
UNION ALL
SELECT p.seller_id, NULL, min(
    CASE WHEN p.stripe_payout_id IS NULL AND p.status IN ('requested', 'in_doubt')
        THEN p.requested_at END
)
FROM payouts AS p
WHERE p.tenant = ?1
    AND p.seller_id > ?3
    AND (?4 IS NULL OR p.seller_id = ?4)
    AND NOT EXISTS (
        SELECT 1 FROM sellers AS s WHERE s.tenant = ?1 AND s.seller_id = p.seller_id
    )
    AND (?4 IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM aliases AS a
        WHERE a.tenant = ?1 AND a.alias = 'stripe-account/' || p.seller_id
    ))
GROUP BY p.seller_id
ORDER BY seller_id
LIMIT ?2
