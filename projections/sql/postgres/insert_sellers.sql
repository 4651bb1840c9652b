-- Group: new sellers.
INSERT INTO sellers (
    tenant, seller_id, stripe_account, payout_schedule, minimum_payout_minor,
    minimum_payout_currency, registered_at, updated_at, version
)
SELECT
    unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),
    unnest($5::bigint[]), unnest($6::text[]), unnest($7::timestamptz[]),
    unnest($8::timestamptz[]), unnest($9::bigint[])
