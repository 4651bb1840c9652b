-- Group: items of new payouts.
INSERT INTO payout_items (
    tenant, payout_id, transaction_id, amount_minor, currency, transfer_id, returned
)
SELECT
    unnest($1::text[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::bigint[]),
    unnest($5::text[]), unnest($6::text[]), unnest($7::boolean[])
