-- Group: patches. What is null stays; `reserved` says whether it went into a payout or
-- out of one. Result: those that have a recorded transfer.
UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', transaction_id VARCHAR(512) PATH '$[1]',
    status VARCHAR(64) PATH '$[2]', blocked BOOLEAN PATH '$[3]', reserved BOOLEAN PATH '$[4]',
    payout_id CHAR(36) PATH '$[5]', actual_release_date DATETIME(6) PATH '$[6]',
    updated_at DATETIME(6) PATH '$[7]', payout_changed_at DATETIME(6) PATH '$[8]'
)) AS p
STRAIGHT_JOIN transactions AS x ON x.tenant = p.tenant AND x.transaction_id = p.transaction_id
SET x.status = COALESCE(p.status, x.status),
    x.blocked = COALESCE(p.blocked, x.blocked),
    x.payed_out = COALESCE(p.reserved, x.payed_out),
    x.payout_id = CASE WHEN p.reserved IS NULL THEN x.payout_id ELSE p.payout_id END,
    x.actual_release_date = CASE
        WHEN p.reserved IS NULL THEN x.actual_release_date
        ELSE p.actual_release_date
    END,
    x.updated_at = p.updated_at,
    x.payout_changed_at = CASE
        WHEN p.payout_changed_at > x.payout_changed_at THEN p.payout_changed_at
        ELSE COALESCE(x.payout_changed_at, p.payout_changed_at)
    END;

SELECT x.tenant, x.transfer_id, x.transaction_id
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(64) PATH '$[0]', transaction_id VARCHAR(512) PATH '$[1]'
)) AS p
STRAIGHT_JOIN transactions AS x ON x.tenant = p.tenant AND x.transaction_id = p.transaction_id
WHERE x.linked;
