-- Group: moves. Amounts are added; the version is the balance's own.
UPDATE balances AS x
SET pending_minor = x.pending_minor + p.pending_minor,
    available_minor = x.available_minor + p.available_minor,
    reserved_minor = x.reserved_minor + p.reserved_minor,
    paid_out_minor = x.paid_out_minor + p.paid_out_minor,
    version = p.version,
    updated_at = COALESCE(p.updated_at, ($9::timestamptz[])[1])
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS seller_id,
        unnest($3::text[]) AS currency, unnest($4::bigint[]) AS pending_minor,
        unnest($5::bigint[]) AS available_minor, unnest($6::bigint[]) AS reserved_minor,
        unnest($7::bigint[]) AS paid_out_minor, unnest($8::bigint[]) AS version,
        unnest($9::timestamptz[]) AS updated_at
) AS p
WHERE x.tenant = COALESCE(p.tenant, ($1::text[])[1])
    AND x.seller_id = p.seller_id AND x.currency = p.currency
