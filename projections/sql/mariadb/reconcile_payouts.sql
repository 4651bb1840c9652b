-- Stripe's ids are found by the names that payouts have claimed, each by its whole key.
SELECT p.payout_id, p.stripe_payout_id, p.amount_minor, p.currency, p.status, p.origin, p.item_count
FROM (
    SELECT substr(a.stream, length('payout-') + 1) AS payout_id
    FROM aliases AS a
    WHERE a.tenant = ?1 AND a.alias IN (SELECT value FROM json_each(?2))
    UNION
    SELECT value FROM json_each(?3)
) AS named
JOIN payouts AS p ON p.tenant = ?1 AND p.payout_id = named.payout_id
