-- Group: moves. Amounts are added; the version is the balance's own.
UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', seller_id VARCHAR(256) PATH '$[1]',
    currency VARCHAR(8) PATH '$[2]', pending_minor BIGINT PATH '$[3]',
    available_minor BIGINT PATH '$[4]', reserved_minor BIGINT PATH '$[5]',
    paid_out_minor BIGINT PATH '$[6]', version BIGINT PATH '$[7]',
    updated_at DATETIME(6) PATH '$[8]'
)) AS p
STRAIGHT_JOIN balances AS x
    ON x.tenant = p.tenant AND x.seller_id = p.seller_id AND x.currency = p.currency
SET x.pending_minor = x.pending_minor + p.pending_minor,
    x.available_minor = x.available_minor + p.available_minor,
    x.reserved_minor = x.reserved_minor + p.reserved_minor,
    x.paid_out_minor = x.paid_out_minor + p.paid_out_minor,
    x.version = p.version,
    x.updated_at = p.updated_at
