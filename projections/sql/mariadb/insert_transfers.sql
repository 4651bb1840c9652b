-- Group: new transfers. Status and payout are settled afterwards.
INSERT INTO transfers (
    tenant, transfer_id, seller_id, status, amount_minor, reversed_minor, currency,
    transaction_id, updated_at
)
SELECT
    tenant, transfer_id, seller_id, 'created', amount_minor, reversed_minor, currency,
    transaction_id, updated_at
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
    seller_id VARCHAR(256) PATH '$[2]', amount_minor BIGINT PATH '$[3]',
    reversed_minor BIGINT PATH '$[4]', currency VARCHAR(8) PATH '$[5]',
    transaction_id VARCHAR(512) PATH '$[6]', updated_at DATETIME(6) PATH '$[7]'
)) AS r
