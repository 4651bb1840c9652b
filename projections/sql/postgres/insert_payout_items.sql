-- Group: items of new payouts.
INSERT INTO payout_items (
    tenant, payout_id, transaction_id, amount_minor, currency, transfer_id, returned
)
SELECT * FROM unnest(
    $1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::boolean[]
)
