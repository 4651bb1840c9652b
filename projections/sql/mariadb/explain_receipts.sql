-- The commands of some idempotency keys.
SELECT idempotency_key, command, input_hash, outcome, recorded_at
FROM receipts
WHERE tenant = ?1 AND idempotency_key IN (
    SELECT id FROM JSON_TABLE(?2, '$[*]' COLUMNS (id VARCHAR(512) PATH '$')) AS wanted
)
