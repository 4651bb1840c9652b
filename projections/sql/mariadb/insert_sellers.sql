-- Group: new sellers.
INSERT INTO sellers (
    tenant, seller_id, stripe_account, payout_schedule, minimum_payout_minor,
    minimum_payout_currency, registered_at, updated_at, version
)
SELECT
    tenant, seller_id, stripe_account, payout_schedule, minimum_payout_minor,
    minimum_payout_currency, registered_at, updated_at, version
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', seller_id VARCHAR(256) PATH '$[1]',
    stripe_account VARCHAR(512) PATH '$[2]', payout_schedule VARCHAR(64) PATH '$[3]',
    minimum_payout_minor BIGINT PATH '$[4]', minimum_payout_currency VARCHAR(8) PATH '$[5]',
    registered_at DATETIME(6) PATH '$[6]', updated_at DATETIME(6) PATH '$[7]',
    version BIGINT PATH '$[8]'
)) AS r
