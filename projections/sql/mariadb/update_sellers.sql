-- Group: patches. A minimum that is null is none any more.
UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', seller_id VARCHAR(256) PATH '$[1]',
    payout_schedule VARCHAR(64) PATH '$[2]', minimum_payout_minor BIGINT PATH '$[3]',
    minimum_payout_currency VARCHAR(8) PATH '$[4]', updated_at DATETIME(6) PATH '$[5]',
    version BIGINT PATH '$[6]'
)) AS p
STRAIGHT_JOIN sellers AS x ON x.tenant = p.tenant AND x.seller_id = p.seller_id
SET x.payout_schedule = p.payout_schedule,
    x.minimum_payout_minor = p.minimum_payout_minor,
    x.minimum_payout_currency = p.minimum_payout_currency,
    x.updated_at = p.updated_at,
    x.version = p.version
