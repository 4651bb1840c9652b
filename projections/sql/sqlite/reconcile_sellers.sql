-- A page of sellers, with their accounts at Stripe: all that are registered, and those that only
-- payouts name. Payouts that were adopted before their account was registered have the account
-- for a seller: these come with the seller that has it now.
SELECT seller_id, stripe_account
FROM sellers
WHERE tenant = ?1
    AND seller_id > ?3
    AND (?4 IS NULL OR seller_id = ?4)
UNION ALL
SELECT DISTINCT p.seller_id, NULL
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
ORDER BY seller_id
LIMIT ?2
