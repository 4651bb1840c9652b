-- Group: new balances.
INSERT INTO balances (
    tenant, seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor,
    version, updated_at
)
SELECT COALESCE(tenant, ($1::text[])[1]), seller_id, currency, pending_minor, available_minor,
    reserved_minor, paid_out_minor, version, COALESCE(updated_at, ($9::timestamptz[])[1])
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS seller_id,
        unnest($3::text[]) AS currency, unnest($4::bigint[]) AS pending_minor,
        unnest($5::bigint[]) AS available_minor, unnest($6::bigint[]) AS reserved_minor,
        unnest($7::bigint[]) AS paid_out_minor, unnest($8::bigint[]) AS version,
        unnest($9::timestamptz[]) AS updated_at
) AS b
