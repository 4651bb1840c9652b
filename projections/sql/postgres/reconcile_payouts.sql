-- Stripe's ids are found by the names that payouts have claimed, each by its whole key.
SELECT p.payout_id, p.stripe_payout_id, p.amount_minor, p.currency, p.status, p.origin, p.item_count
FROM (
    SELECT substring(a.stream FROM length('payout-') + 1)::uuid AS payout_id
    FROM unnest($2::text[]) AS wanted (alias)
    CROSS JOIN LATERAL (
        SELECT stream FROM aliases WHERE tenant = $1 AND alias = wanted.alias OFFSET 0
    ) AS a
    UNION
    SELECT id::uuid FROM unnest($3::text[]) AS ours (id)
) AS named
CROSS JOIN LATERAL (
    SELECT * FROM payouts WHERE tenant = $1 AND payout_id = named.payout_id OFFSET 0
) AS p
