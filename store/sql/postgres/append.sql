-- Groups: moved heads, opened heads, events, receipts, aliases.
-- One statement: a data-modifying CTE runs whether or not it is read from.
-- `unnest` keeps the order of its arrays, and positions are given in that order.
-- Result: how many heads moved, the positions of the events in order, and the transaction's id.
-- Heads are counted first, which opens them before the events: one order for everybody.
WITH moved AS (
    UPDATE streams AS s
    SET version = h.version
    FROM (
        SELECT
            unnest($1::text[]) AS tenant, unnest($2::text[]) AS stream,
            unnest($3::bigint[]) AS expected, unnest($4::bigint[]) AS version
    ) AS h
    WHERE s.tenant = COALESCE(h.tenant, ($1::text[])[1])
        AND s.stream = h.stream AND s.version = h.expected
    RETURNING s.version
), opened AS (
    INSERT INTO streams (tenant, stream, version)
    SELECT unnest($5::text[]), unnest($6::text[]), unnest($7::bigint[])
    RETURNING version
), logged AS (
    INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, recorded_at)
    SELECT COALESCE(e.tenant, ($8::text[])[1]), e.stream, e.version, e.type, e.schema_version,
        e.data, e.metadata, COALESCE(e.recorded_at, ($15::timestamptz[])[1])
    FROM (
        SELECT
            unnest($8::text[]) AS tenant, unnest($9::text[]) AS stream,
            unnest($10::bigint[]) AS version, unnest($11::text[]) AS type,
            unnest($12::bigint[]) AS schema_version, unnest($13::json[]) AS data,
            unnest($14::json[]) AS metadata, unnest($15::timestamptz[]) AS recorded_at
    ) AS e
    RETURNING position
), received AS (
    INSERT INTO receipts (tenant, idempotency_key, command, input_hash, outcome, recorded_at)
    SELECT unnest($16::text[]), unnest($17::text[]), unnest($18::text[]), unnest($19::text[]),
        unnest($20::json[]), unnest($21::timestamptz[])
), claimed AS (
    INSERT INTO aliases (tenant, alias, stream, fingerprint)
    SELECT unnest($22::text[]), unnest($23::text[]), unnest($24::text[]), unnest($25::text[])
)
SELECT (SELECT COUNT(*) FROM moved) AS moved, (SELECT COUNT(*) FROM opened) AS opened,
    ARRAY(SELECT position FROM logged) AS positions,
    pg_current_xact_id()::text::bigint AS txid
