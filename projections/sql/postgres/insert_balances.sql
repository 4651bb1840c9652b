-- Group: new balances.
INSERT INTO balances (
    tenant, seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor,
    version, updated_at
)
SELECT COALESCE(tenant, ($1::text[])[1]), seller_id, currency, pending_minor, available_minor,
    reserved_minor, paid_out_minor, version, COALESCE(updated_at, ($9::timestamptz[])[1])
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::timestamptz[]
) AS b (
    tenant, seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor,
    version, updated_at
)
