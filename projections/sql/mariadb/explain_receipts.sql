-- The commands of some idempotency keys. ?2: a JSON list.
SELECT idempotency_key, command, input_hash, outcome, recorded_at
FROM receipts
WHERE tenant = ?1 AND idempotency_key IN (SELECT value FROM json_each(?2))
