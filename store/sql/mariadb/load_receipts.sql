SELECT idempotency_key, input_hash, outcome FROM receipts
WHERE tenant = ?1 AND idempotency_key IN (SELECT value FROM json_each(?2))
