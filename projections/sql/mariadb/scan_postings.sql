-- Every row with every column, of one tenant or of all.
SELECT tenant, position, line, account, amount_minor, currency, recorded_at
FROM postings
WHERE ?1 IS NULL OR tenant = ?1
