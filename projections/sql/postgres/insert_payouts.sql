-- Group: new payouts.
INSERT INTO payouts (
    tenant, payout_id, seller_id, status, amount_minor, currency, item_count, origin,
    stripe_payout_id, method, description, arrival_date, failure_code, failure_message,
    requested_at, paid_at, updated_at, version, held_up
)
SELECT
    unnest($1::text[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]),
    unnest($5::bigint[]), unnest($6::text[]), unnest($7::bigint[]), unnest($8::text[]),
    unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), unnest($12::timestamptz[]),
    unnest($13::text[]), unnest($14::text[]), unnest($15::timestamptz[]),
    unnest($16::timestamptz[]), unnest($17::timestamptz[]), unnest($18::bigint[]), unnest($19::text[])
