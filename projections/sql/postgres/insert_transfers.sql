-- Group: new transfers. Status and payout are settled afterwards.
INSERT INTO transfers (
    tenant, transfer_id, seller_id, status, amount_minor, reversed_minor, currency,
    transaction_id, updated_at
)
SELECT r.tenant, r.transfer_id, r.seller_id, 'created', r.amount_minor, r.reversed_minor,
    r.currency, r.transaction_id, r.updated_at
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS transfer_id,
        unnest($3::text[]) AS seller_id, unnest($4::bigint[]) AS amount_minor,
        unnest($5::bigint[]) AS reversed_minor, unnest($6::text[]) AS currency,
        unnest($7::text[]) AS transaction_id, unnest($8::timestamptz[]) AS updated_at
) AS r
