-- Group: patches. What is null stays; a seller brings its transaction along.
UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
    seller_id VARCHAR(256) PATH '$[2]', transaction_id VARCHAR(512) PATH '$[3]',
    reversed_minor BIGINT PATH '$[4]', updated_at DATETIME(6) PATH '$[5]'
)) AS p
STRAIGHT_JOIN transfers AS x ON x.tenant = p.tenant AND x.transfer_id = p.transfer_id
SET x.seller_id = COALESCE(p.seller_id, x.seller_id),
    x.transaction_id = CASE
        WHEN p.seller_id IS NULL THEN x.transaction_id
        ELSE p.transaction_id
    END,
    x.reversed_minor = GREATEST(x.reversed_minor, COALESCE(p.reversed_minor, 0)),
    x.updated_at = GREATEST(x.updated_at, p.updated_at)
