-- Group: payouts whose items came back.
UPDATE payout_items AS x
SET returned = TRUE
FROM unnest($1::text[], $2::uuid[]) AS p (tenant, payout_id)
WHERE x.tenant = p.tenant AND x.payout_id = p.payout_id
