-- Group: transfers, named by their id, or by the transaction they carry, or both.
-- A transfer shows the payout that last reserved a transaction it carries. What was
-- taken back stands over what was paid out.
WITH k AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
        AS k (tenant, transfer_id, transaction_id)
), named AS (
    SELECT x.tenant, x.transfer_id, x.transaction_id
    FROM k JOIN transfers AS x ON x.tenant = k.tenant AND x.transfer_id = k.transfer_id
    UNION
    SELECT x.tenant, x.transfer_id, x.transaction_id
    FROM k JOIN transfers AS x ON x.tenant = k.tenant AND x.transaction_id = k.transaction_id
), carried AS (
    -- Two joins: one with OR would walk every transaction of the tenant.
    SELECT n.tenant, n.transfer_id, t.transaction_id, t.payout_id, t.status,
        t.actual_release_date, t.payout_changed_at
    FROM named AS n
    JOIN transactions AS t ON t.tenant = n.tenant AND t.transfer_id = n.transfer_id
    UNION ALL
    SELECT n.tenant, n.transfer_id, t.transaction_id, t.payout_id, t.status,
        t.actual_release_date, t.payout_changed_at
    FROM named AS n
    JOIN transactions AS t ON t.tenant = n.tenant AND t.transaction_id = n.transaction_id
    UNION ALL
    -- What carries nothing, or nothing that is in a payout.
    SELECT n.tenant, n.transfer_id, NULL::text, NULL::uuid, NULL::text, NULL::timestamptz,
        NULL::timestamptz
    FROM named AS n
), ranked AS (
    SELECT tenant, transfer_id, payout_id, status,
        MAX(payout_changed_at) OVER (PARTITION BY tenant, transfer_id) AS changed_at,
        ROW_NUMBER() OVER (
            PARTITION BY tenant, transfer_id
            ORDER BY payout_id IS NULL, actual_release_date DESC, transaction_id DESC
        ) AS place
    FROM carried
)
UPDATE transfers AS x
SET payout_id = c.payout_id,
    status = CASE
        WHEN x.reversed_minor > 0 AND x.reversed_minor >= x.amount_minor THEN 'reversed'
        WHEN x.reversed_minor > 0 THEN 'partially_reversed'
        WHEN c.payout_id IS NOT NULL AND c.status = 'paid_out' THEN 'paid'
        ELSE 'created'
    END,
    updated_at = GREATEST(x.updated_at, c.changed_at)
FROM ranked AS c
WHERE c.place = 1 AND x.tenant = c.tenant AND x.transfer_id = c.transfer_id
