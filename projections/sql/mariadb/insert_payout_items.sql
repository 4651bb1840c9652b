-- Group: items of new payouts.
INSERT INTO payout_items (
    tenant, payout_id, transaction_id, amount_minor, currency, transfer_id, returned
)
SELECT
    tenant, payout_id, transaction_id, amount_minor, currency, transfer_id, returned
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', payout_id CHAR(36) PATH '$[1]',
    transaction_id VARCHAR(512) PATH '$[2]', amount_minor BIGINT PATH '$[3]',
    currency VARCHAR(8) PATH '$[4]', transfer_id VARCHAR(512) PATH '$[5]',
    returned BOOLEAN PATH '$[6]'
)) AS r
