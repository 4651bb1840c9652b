-- Group: patches. What is null stays; a seller brings its transaction along.
UPDATE transfers AS x
SET seller_id = COALESCE(p.seller_id, x.seller_id),
    transaction_id = CASE
        WHEN p.seller_id IS NULL THEN x.transaction_id
        ELSE p.transaction_id
    END,
    reversed_minor = GREATEST(x.reversed_minor, p.reversed_minor),
    updated_at = GREATEST(x.updated_at, p.updated_at)
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS transfer_id,
        unnest($3::text[]) AS seller_id, unnest($4::text[]) AS transaction_id,
        unnest($5::bigint[]) AS reversed_minor, unnest($6::timestamptz[]) AS updated_at
) AS p
WHERE x.tenant = p.tenant AND x.transfer_id = p.transfer_id
