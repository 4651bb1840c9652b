-- Groups: moved heads, opened heads, events, receipts, aliases.
-- Result: a row per moved head (position is null), then the events in order.
UPDATE streams AS s
SET version = h.value ->> 3
FROM json_each(?1, '$[0]') AS h
WHERE s.tenant = h.value ->> 0 AND s.stream = h.value ->> 1 AND s.version = h.value ->> 2
RETURNING NULL AS position, stream, version;

INSERT INTO streams (tenant, stream, version)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1, '$[1]');

INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, recorded_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7
FROM json_each(?1, '$[2]')
ORDER BY key
RETURNING position, stream, version;

INSERT INTO receipts (tenant, idempotency_key, command, input_hash, outcome, recorded_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
FROM json_each(?1, '$[3]');

INSERT INTO aliases (tenant, alias, stream, fingerprint)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1, '$[4]');
