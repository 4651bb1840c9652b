-- Group: lines.
INSERT INTO postings (
    tenant, position, line, account, amount_minor, currency, recorded_at
)
SELECT
    unnest($1::text[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::text[]),
    unnest($5::bigint[]), unnest($6::text[]), unnest($7::timestamptz[])
