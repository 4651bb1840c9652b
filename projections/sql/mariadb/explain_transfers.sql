-- Transfers by their ids, and those that carry some transactions. ?2, ?3: JSON lists.
SELECT x.transfer_id, x.seller_id, x.status, x.amount_minor, x.reversed_minor, x.currency,
    x.transaction_id, x.payout_id, x.updated_at
FROM transfers AS x
WHERE x.tenant = ?1 AND x.transfer_id IN (SELECT value FROM json_each(?2))
UNION
SELECT x.transfer_id, x.seller_id, x.status, x.amount_minor, x.reversed_minor, x.currency,
    x.transaction_id, x.payout_id, x.updated_at
FROM transfers AS x
WHERE x.tenant = ?1 AND x.transaction_id IS NOT NULL
    AND x.transaction_id IN (SELECT value FROM json_each(?3))
ORDER BY transfer_id
