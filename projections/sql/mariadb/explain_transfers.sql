-- Transfers by their ids, and those that carry some transactions.
SELECT x.transfer_id, x.seller_id, x.status, x.amount_minor, x.reversed_minor, x.currency,
    x.transaction_id, x.payout_id, x.updated_at
FROM transfers AS x
WHERE x.tenant = ?1 AND x.transfer_id IN (
    SELECT id FROM JSON_TABLE(?2, '$[*]' COLUMNS (id VARCHAR(512) PATH '$')) AS wanted
)
UNION
SELECT x.transfer_id, x.seller_id, x.status, x.amount_minor, x.reversed_minor, x.currency,
    x.transaction_id, x.payout_id, x.updated_at
FROM transfers AS x
WHERE x.tenant = ?1 AND x.transaction_id IS NOT NULL
    AND x.transaction_id IN (
        SELECT id FROM JSON_TABLE(?3, '$[*]' COLUMNS (id VARCHAR(512) PATH '$')) AS wanted
    )
ORDER BY transfer_id
