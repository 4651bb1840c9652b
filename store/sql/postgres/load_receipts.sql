-- LATERAL … OFFSET 0: one look-up by the whole key for each, whatever a young table's
-- statistics say of the alternatives (so in every look-up here).
SELECT r.idempotency_key, r.input_hash, r.outcome::text AS outcome
FROM unnest($2::text[]) AS wanted (key)
CROSS JOIN LATERAL (
    SELECT * FROM receipts WHERE tenant = $1 AND idempotency_key = wanted.key OFFSET 0
) AS r
