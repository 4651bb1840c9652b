-- A page of payouts, by their ids. Those that Stripe has accepted count for the moment at which
-- its reports show them: one of the ledger when it was made, one of Stripe's own (it is
-- automatic, as a rule) when it should arrive. Those that Stripe may not have are all there,
-- until the end.
SELECT p.payout_id, p.stripe_payout_id, p.amount_minor, p.currency, p.status, p.origin, p.item_count
FROM payouts AS p
WHERE p.tenant = ?1
    AND (?3 IS NULL OR p.payout_id > ?3)
    AND (?6 IS NULL OR p.seller_id = ?6)
    AND CASE
        WHEN p.stripe_payout_id IS NULL
            THEN p.status IN ('requested', 'in_doubt') AND p.requested_at < ?5
        WHEN p.origin = 'ledger' THEN p.requested_at >= ?4 AND p.requested_at < ?5
        ELSE COALESCE(p.arrival_date, p.requested_at) >= ?4
            AND COALESCE(p.arrival_date, p.requested_at) < ?5
    END
ORDER BY p.payout_id
LIMIT ?2
