-- The commands of some idempotency keys.
SELECT r.idempotency_key, r.command, r.input_hash, r.outcome::text AS outcome, r.recorded_at
FROM unnest($2::text[]) AS wanted (key)
CROSS JOIN LATERAL (
    SELECT * FROM receipts WHERE tenant = $1 AND idempotency_key = wanted.key OFFSET 0
) AS r
