-- Group: lines.
INSERT INTO postings (
    tenant, position, line, account, amount_minor, currency, recorded_at
)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
FROM json_each(?1, '$[0]')
