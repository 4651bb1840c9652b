-- Group: patches. A minimum that is null is none any more.
UPDATE sellers AS x
SET payout_schedule = p.value ->> 2,
    minimum_payout_minor = p.value ->> 3,
    minimum_payout_currency = p.value ->> 4,
    updated_at = p.value ->> 5,
    version = p.value ->> 6
FROM json_each(?1, '$[0]') AS p
WHERE x.tenant = p.value ->> 0 AND x.seller_id = p.value ->> 1
