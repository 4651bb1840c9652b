-- Group: lines.
INSERT INTO postings (
    tenant, position, line, account, amount_minor, currency, recorded_at
)
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[],
    $7::timestamptz[]
)
