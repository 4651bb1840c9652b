-- Group: payouts whose items came back.
UPDATE payout_items AS x
SET returned = 1
FROM json_each(?1, '$[0]') AS p
WHERE x.tenant = p.value ->> 0 AND x.payout_id = p.value ->> 1
