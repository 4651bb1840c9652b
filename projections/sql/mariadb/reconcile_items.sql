SELECT payout_id, transaction_id, amount_minor, currency, transfer_id
FROM payout_items
WHERE tenant = ?1 AND payout_id IN (SELECT value FROM json_each(?2))
ORDER BY payout_id, transaction_id
