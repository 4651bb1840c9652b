SELECT idempotency_key, input_hash, outcome::text AS outcome FROM receipts
WHERE tenant = $1 AND idempotency_key = ANY($2)
