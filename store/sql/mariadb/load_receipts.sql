SELECT r.idempotency_key, r.input_hash, r.outcome
FROM JSON_TABLE(?2, '$[*]' COLUMNS (idempotency_key VARCHAR(512) PATH '$')) AS wanted
STRAIGHT_JOIN receipts AS r FORCE INDEX (PRIMARY)
    ON r.idempotency_key = wanted.idempotency_key AND r.tenant = ?1
