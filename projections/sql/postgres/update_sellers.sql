-- Group: patches. A minimum that is null is none any more.
UPDATE sellers AS x
SET payout_schedule = p.payout_schedule,
    minimum_payout_minor = p.minimum_payout_minor,
    minimum_payout_currency = p.minimum_payout_currency,
    updated_at = COALESCE(p.updated_at, ($6::timestamptz[])[1]),
    version = p.version
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS seller_id,
        unnest($3::text[]) AS payout_schedule, unnest($4::bigint[]) AS minimum_payout_minor,
        unnest($5::text[]) AS minimum_payout_currency, unnest($6::timestamptz[]) AS updated_at,
        unnest($7::bigint[]) AS version
) AS p
WHERE x.tenant = COALESCE(p.tenant, ($1::text[])[1]) AND x.seller_id = p.seller_id
