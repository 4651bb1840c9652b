-- Group: lines.
INSERT INTO postings (
    tenant, position, line, account, amount_minor, currency, recorded_at
)
SELECT
    tenant, position, line, account, amount_minor, currency, recorded_at
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', position BIGINT PATH '$[1]', line BIGINT PATH '$[2]',
    account VARCHAR(256) PATH '$[3]', amount_minor BIGINT PATH '$[4]',
    currency VARCHAR(8) PATH '$[5]', recorded_at DATETIME(6) PATH '$[6]'
)) AS r
