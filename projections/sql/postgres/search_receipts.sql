-- Commands in whose outcome one of two ids is named. Reads all receipts.
SELECT idempotency_key, command, input_hash, outcome::text AS outcome, recorded_at
FROM receipts
WHERE tenant = $1
    AND (position($2::text IN outcome::text) > 0 OR position($3::text IN outcome::text) > 0)
