-- Group: new balances.
INSERT INTO balances (
    tenant, seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor,
    version, updated_at
)
SELECT
    tenant, seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor,
    version, updated_at
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', seller_id VARCHAR(256) PATH '$[1]',
    currency VARCHAR(8) PATH '$[2]', pending_minor BIGINT PATH '$[3]',
    available_minor BIGINT PATH '$[4]', reserved_minor BIGINT PATH '$[5]',
    paid_out_minor BIGINT PATH '$[6]', version BIGINT PATH '$[7]',
    updated_at DATETIME(6) PATH '$[8]'
)) AS r
