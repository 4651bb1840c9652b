-- Groups: moved heads, opened heads, events, receipts, aliases.
-- Result: a row with how many heads moved, and one with the positions of the events.
UPDATE streams AS s
SET version = h.value ->> 3
FROM json_each(?1, '$[0]') AS h
WHERE s.tenant = h.value ->> 0 AND s.stream = h.value ->> 1 AND s.version = h.value ->> 2;

SELECT changes() AS moved;

INSERT INTO streams (tenant, stream, version)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1, '$[1]');

INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, recorded_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7
FROM json_each(?1, '$[2]')
ORDER BY key;

-- Nobody else writes meanwhile: the last ones are those just written.
SELECT json_group_array(position ORDER BY position) AS positions
FROM (
    SELECT position FROM events
    ORDER BY position DESC LIMIT json_array_length(?1, '$[2]')
);

INSERT INTO receipts (tenant, idempotency_key, command, input_hash, outcome, recorded_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
FROM json_each(?1, '$[3]');

INSERT INTO aliases (tenant, alias, stream, fingerprint)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1, '$[4]');
