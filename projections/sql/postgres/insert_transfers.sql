-- Group: new transfers. Status and payout are settled afterwards.
INSERT INTO transfers (
    tenant, transfer_id, seller_id, status, amount_minor, reversed_minor, currency,
    transaction_id, updated_at
)
SELECT r.tenant, r.transfer_id, r.seller_id, 'created', r.amount_minor, r.reversed_minor,
    r.currency, r.transaction_id, r.updated_at
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
    $8::timestamptz[]
) AS r (
    tenant, transfer_id, seller_id, amount_minor, reversed_minor, currency, transaction_id,
    updated_at
)
