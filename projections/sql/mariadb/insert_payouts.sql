-- Group: new payouts.
INSERT INTO payouts (
    tenant, payout_id, seller_id, status, amount_minor, currency, item_count, origin,
    stripe_payout_id, method, description, arrival_date, failure_code, failure_message,
    requested_at, paid_at, updated_at, version, held_up
)
SELECT
    tenant, payout_id, seller_id, status, amount_minor, currency, item_count, origin,
    stripe_payout_id, method, description, arrival_date, failure_code, failure_message,
    requested_at, paid_at, updated_at, version, held_up
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', payout_id CHAR(36) PATH '$[1]',
    seller_id VARCHAR(256) PATH '$[2]', status VARCHAR(64) PATH '$[3]',
    amount_minor BIGINT PATH '$[4]', currency VARCHAR(8) PATH '$[5]',
    item_count BIGINT PATH '$[6]', origin VARCHAR(64) PATH '$[7]',
    stripe_payout_id VARCHAR(512) PATH '$[8]', method VARCHAR(64) PATH '$[9]',
    description TEXT PATH '$[10]', arrival_date DATETIME(6) PATH '$[11]',
    failure_code TEXT PATH '$[12]', failure_message TEXT PATH '$[13]',
    requested_at DATETIME(6) PATH '$[14]', paid_at DATETIME(6) PATH '$[15]',
    updated_at DATETIME(6) PATH '$[16]', version BIGINT PATH '$[17]', held_up TEXT PATH '$[18]'
)) AS r
