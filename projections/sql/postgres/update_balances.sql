-- Group: moves. Amounts are added; the version is the balance's own.
UPDATE balances AS x
SET pending_minor = x.pending_minor + p.pending_minor,
    available_minor = x.available_minor + p.available_minor,
    reserved_minor = x.reserved_minor + p.reserved_minor,
    paid_out_minor = x.paid_out_minor + p.paid_out_minor,
    version = p.version,
    updated_at = COALESCE(p.updated_at, ($9::timestamptz[])[1])
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::timestamptz[]
) AS p (
    tenant, seller_id, currency, pending_minor, available_minor, reserved_minor,
    paid_out_minor, version, updated_at
)
WHERE x.tenant = COALESCE(p.tenant, ($1::text[])[1]) AND x.seller_id = p.seller_id AND x.currency = p.currency
