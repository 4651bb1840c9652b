-- Group: transfers, named by their id, or by the transaction they carry, or both.
-- A transfer shows the payout that last reserved a transaction it carries. What was
-- taken back stands over what was paid out.
WITH k AS (
    SELECT value ->> 0 AS tenant, value ->> 1 AS transfer_id, value ->> 2 AS transaction_id
    FROM json_each(?1, '$[0]')
), named AS (
    SELECT x.tenant, x.transfer_id, x.transaction_id
    FROM k JOIN transfers AS x ON x.tenant = k.tenant AND x.transfer_id = k.transfer_id
    UNION
    SELECT x.tenant, x.transfer_id, x.transaction_id
    FROM k JOIN transfers AS x ON x.tenant = k.tenant AND x.transaction_id = k.transaction_id
), carried AS (
    SELECT n.tenant, n.transfer_id, t.payout_id, t.status,
        MAX(t.payout_changed_at) OVER (PARTITION BY n.tenant, n.transfer_id) AS changed_at,
        ROW_NUMBER() OVER (
            PARTITION BY n.tenant, n.transfer_id
            ORDER BY t.payout_id IS NULL, t.actual_release_date DESC, t.transaction_id DESC
        ) AS place
    FROM named AS n
    LEFT JOIN transactions AS t ON t.tenant = n.tenant
        AND (t.transfer_id = n.transfer_id OR t.transaction_id = n.transaction_id)
)
UPDATE transfers AS x
SET payout_id = c.payout_id,
    status = CASE
        WHEN x.reversed_minor > 0 AND x.reversed_minor >= x.amount_minor THEN 'reversed'
        WHEN x.reversed_minor > 0 THEN 'partially_reversed'
        WHEN c.payout_id IS NOT NULL AND c.status = 'paid_out' THEN 'paid'
        ELSE 'created'
    END,
    updated_at = MAX(x.updated_at, COALESCE(c.changed_at, x.updated_at))
FROM carried AS c
WHERE c.place = 1 AND x.tenant = c.tenant AND x.transfer_id = c.transfer_id
