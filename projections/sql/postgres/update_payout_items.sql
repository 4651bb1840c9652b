-- Group: payouts whose items came back.
UPDATE payout_items AS x
SET returned = TRUE
FROM (SELECT unnest($1::text[]) AS tenant, unnest($2::uuid[]) AS payout_id) AS p
WHERE x.tenant = p.tenant AND x.payout_id = p.payout_id
