-- Group: patches. What is null stays; a seller brings its transaction along.
UPDATE transfers AS x
SET seller_id = COALESCE(p.seller_id, x.seller_id),
    transaction_id = CASE
        WHEN p.seller_id IS NULL THEN x.transaction_id
        ELSE p.transaction_id
    END,
    reversed_minor = MAX(x.reversed_minor, COALESCE(p.reversed_minor, 0)),
    updated_at = MAX(x.updated_at, p.updated_at)
FROM (
    SELECT value ->> 0 AS tenant, value ->> 1 AS transfer_id, value ->> 2 AS seller_id,
        value ->> 3 AS transaction_id, value ->> 4 AS reversed_minor, value ->> 5 AS updated_at
    FROM json_each(?1, '$[0]')
) AS p
WHERE x.tenant = p.tenant AND x.transfer_id = p.transfer_id
