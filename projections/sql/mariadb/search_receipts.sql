-- Commands in whose outcome one of two ids is named. Reads all receipts.
SELECT idempotency_key, command, input_hash, outcome, recorded_at
FROM receipts
WHERE tenant = ?1 AND (INSTR(outcome, ?2) > 0 OR INSTR(outcome, ?3) > 0)
