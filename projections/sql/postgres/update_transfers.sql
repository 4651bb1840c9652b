-- Group: patches. What is null stays; a seller brings its transaction along.
UPDATE transfers AS x
SET seller_id = COALESCE(p.seller_id, x.seller_id),
    transaction_id = CASE
        WHEN p.seller_id IS NULL THEN x.transaction_id
        ELSE p.transaction_id
    END,
    reversed_minor = GREATEST(x.reversed_minor, p.reversed_minor),
    updated_at = GREATEST(x.updated_at, p.updated_at)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[])
    AS p (tenant, transfer_id, seller_id, transaction_id, reversed_minor, updated_at)
WHERE x.tenant = p.tenant AND x.transfer_id = p.transfer_id
