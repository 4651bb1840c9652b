-- Group: new transactions.
-- Result: those that were in a payout since and have a recorded transfer.
INSERT INTO transactions (
    tenant, transaction_id, seller_id, kind, status, blocked, payed_out, gross_minor, fee_minor,
    net_minor, currency, payment_intent, order_id, payout_id, available_on, actual_release_date,
    updated_at, transfer_id, payout_changed_at, linked
)
SELECT r.tenant, r.transaction_id, r.seller_id, r.kind, r.status, r.blocked,
    r.payout_id IS NOT NULL, r.gross_minor, r.fee_minor, r.net_minor, r.currency,
    r.payment_intent, r.order_id, r.payout_id, r.available_on, r.actual_release_date,
    r.updated_at, r.transfer_id, r.payout_changed_at,
    EXISTS (
        SELECT 1 FROM transfers AS x FORCE INDEX (transfers_transaction)
        WHERE x.tenant = r.tenant AND x.transaction_id = r.transaction_id
    ) OR EXISTS (
        SELECT 1 FROM transfers AS x FORCE INDEX (PRIMARY)
        WHERE x.tenant = r.tenant AND x.transfer_id = r.transfer_id
    )
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', transaction_id VARCHAR(512) PATH '$[1]',
    seller_id VARCHAR(256) PATH '$[2]', kind VARCHAR(64) PATH '$[3]',
    status VARCHAR(64) PATH '$[4]', blocked BOOLEAN PATH '$[5]', gross_minor BIGINT PATH '$[6]',
    fee_minor BIGINT PATH '$[7]', net_minor BIGINT PATH '$[8]', currency VARCHAR(8) PATH '$[9]',
    payment_intent VARCHAR(512) PATH '$[10]', order_id VARCHAR(512) PATH '$[11]',
    payout_id CHAR(36) PATH '$[12]', available_on DATETIME(6) PATH '$[13]',
    actual_release_date DATETIME(6) PATH '$[14]', updated_at DATETIME(6) PATH '$[15]',
    transfer_id VARCHAR(512) PATH '$[16]', payout_changed_at DATETIME(6) PATH '$[17]'
)) AS r;

SELECT t.tenant, t.transfer_id, t.transaction_id
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', transaction_id VARCHAR(512) PATH '$[1]',
    payout_changed_at DATETIME(6) PATH '$[17]'
)) AS r
STRAIGHT_JOIN transactions AS t ON t.tenant = r.tenant AND t.transaction_id = r.transaction_id
WHERE t.linked AND r.payout_changed_at IS NOT NULL;
