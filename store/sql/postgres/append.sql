-- Groups: moved heads, opened heads, events, receipts, aliases.
-- One statement: a data-modifying CTE runs whether or not it is read from.
-- `unnest` keeps the order of its arrays, and positions are given in that order.
-- Result: how many heads moved, and the positions of the events in order. Heads are
-- counted first, which opens them before the events: one order for everybody.
WITH moved AS (
    UPDATE streams AS s
    SET version = h.version
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
        AS h (tenant, stream, expected, version)
    WHERE s.tenant = COALESCE(h.tenant, ($1::text[])[1]) AND s.stream = h.stream AND s.version = h.expected
    RETURNING s.version
), opened AS (
    INSERT INTO streams (tenant, stream, version)
    SELECT * FROM unnest($5::text[], $6::text[], $7::bigint[])
    RETURNING version
), logged AS (
    INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, recorded_at)
    SELECT COALESCE(e.tenant, ($8::text[])[1]), e.stream, e.version, e.type, e.schema_version,
        e.data::json, e.metadata::json, COALESCE(e.recorded_at, ($15::timestamptz[])[1])
    FROM unnest($8::text[], $9::text[], $10::bigint[], $11::text[], $12::bigint[], $13::text[],
            $14::text[], $15::timestamptz[])
        AS e (tenant, stream, version, type, schema_version, data, metadata, recorded_at)
    RETURNING position
), received AS (
    INSERT INTO receipts (tenant, idempotency_key, command, input_hash, outcome, recorded_at)
    SELECT r.tenant, r.idempotency_key, r.command, r.input_hash, r.outcome::json, r.recorded_at
    FROM unnest($16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::timestamptz[])
        AS r (tenant, idempotency_key, command, input_hash, outcome, recorded_at)
), claimed AS (
    INSERT INTO aliases (tenant, alias, stream, fingerprint)
    SELECT * FROM unnest($22::text[], $23::text[], $24::text[], $25::text[])
)
SELECT (SELECT COUNT(*) FROM moved) AS moved, (SELECT COUNT(*) FROM opened) AS opened,
    ARRAY(SELECT position FROM logged) AS positions
