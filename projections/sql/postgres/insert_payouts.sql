-- Group: new payouts.
INSERT INTO payouts (
    tenant, payout_id, seller_id, status, amount_minor, currency, item_count, origin,
    stripe_payout_id, method, description, arrival_date, failure_code, failure_message,
    requested_at, paid_at, updated_at, version
)
SELECT * FROM unnest(
    $1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::text[],
    $14::text[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::bigint[]
)
