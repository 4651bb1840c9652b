-- Group: transfers, named by their id, or by the transaction they carry, or both.
-- A transfer shows the payout that last reserved a transaction it carries. What was
-- taken back stands over what was paid out.
UPDATE (
    WITH named AS (
        SELECT x.tenant, x.transfer_id, x.transaction_id
        FROM JSON_TABLE(?1, '$[*]' COLUMNS (
            tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
            transaction_id VARCHAR(512) PATH '$[2]'
        )) AS k
        STRAIGHT_JOIN transfers AS x FORCE INDEX (PRIMARY)
            ON x.tenant = k.tenant AND x.transfer_id = k.transfer_id
        UNION
        SELECT x.tenant, x.transfer_id, x.transaction_id
        FROM JSON_TABLE(?1, '$[*]' COLUMNS (
            tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
            transaction_id VARCHAR(512) PATH '$[2]'
        )) AS k
        STRAIGHT_JOIN transfers AS x FORCE INDEX (transfers_transaction)
            ON x.tenant = k.tenant AND x.transaction_id = k.transaction_id
    ), carried AS (
        SELECT n.tenant, n.transfer_id, t.transaction_id
        FROM named AS n
        STRAIGHT_JOIN transactions AS t FORCE INDEX (transactions_transfer)
        ON t.tenant = n.tenant AND t.transfer_id = n.transfer_id
        UNION
        -- At least one row a transfer, even if it carries nothing.
        SELECT n.tenant, n.transfer_id, n.transaction_id FROM named AS n
    )
    SELECT c.tenant, c.transfer_id, t.payout_id, t.status,
        MAX(t.payout_changed_at) OVER (PARTITION BY c.tenant, c.transfer_id) AS changed_at,
        ROW_NUMBER() OVER (
            PARTITION BY c.tenant, c.transfer_id
            ORDER BY t.payout_id IS NULL, t.actual_release_date DESC, t.transaction_id DESC
        ) AS place
    FROM carried AS c
    LEFT JOIN transactions AS t ON t.tenant = c.tenant AND t.transaction_id = c.transaction_id
) AS r
STRAIGHT_JOIN transfers AS x ON x.tenant = r.tenant AND x.transfer_id = r.transfer_id
SET x.payout_id = r.payout_id,
    x.status = CASE
        WHEN x.reversed_minor > 0 AND x.reversed_minor >= x.amount_minor THEN 'reversed'
        WHEN x.reversed_minor > 0 THEN 'partially_reversed'
        WHEN r.payout_id IS NOT NULL AND r.status = 'paid_out' THEN 'paid'
        ELSE 'created'
    END,
    x.updated_at = GREATEST(x.updated_at, COALESCE(r.changed_at, x.updated_at))
WHERE r.place = 1
