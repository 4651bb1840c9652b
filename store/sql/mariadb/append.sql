-- Groups: moved heads, opened heads, events, receipts, aliases.
-- The end of the log comes first: whoever appends waits there until the one before has
-- committed, so positions are committed in their order. LAST_INSERT_ID keeps where it was.
-- STRAIGHT_JOIN and FORCE INDEX, here and elsewhere: one look-up by the whole key for each row
-- in the order given, whatever a young table's statistics say of the alternatives. A scan
-- would lock the rows of others.
-- JSON_TABLE cuts texts that are wider than its columns, without a word. So its columns are
-- wider than those of any table, which refuse them.
-- Result: how many heads moved, and the positions of the events in order.
UPDATE log_end SET position = LAST_INSERT_ID(position) + JSON_LENGTH(?3)
WHERE id = 1;

UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(512) PATH '$[0]',
    stream VARCHAR(512) PATH '$[1]',
    expected BIGINT PATH '$[2]',
    version BIGINT PATH '$[3]'
)) AS h
STRAIGHT_JOIN streams AS s FORCE INDEX (PRIMARY) ON s.stream = h.stream AND s.tenant = h.tenant
SET s.version = h.version
WHERE s.version = h.expected;

SELECT ROW_COUNT() AS moved, COALESCE(JSON_ARRAYAGG(LAST_INSERT_ID() + ord ORDER BY ord), '[]')
    AS positions
FROM JSON_TABLE(?3, '$[*]' COLUMNS (ord FOR ORDINALITY)) AS e;

INSERT INTO streams (tenant, stream, version)
SELECT tenant, stream, version
FROM JSON_TABLE(?2, '$[*]' COLUMNS (
    tenant VARCHAR(512) PATH '$[0]',
    stream VARCHAR(512) PATH '$[1]',
    version BIGINT PATH '$[2]'
)) AS h;

INSERT INTO events (
    position, tenant, stream, version, type, schema_version, data, metadata, recorded_at
)
SELECT LAST_INSERT_ID() + ord, tenant, stream, version, type, schema_version, data, metadata,
    recorded_at
FROM JSON_TABLE(?3, '$[*]' COLUMNS (
    ord FOR ORDINALITY,
    tenant VARCHAR(512) PATH '$[0]',
    stream VARCHAR(512) PATH '$[1]',
    version BIGINT PATH '$[2]',
    type VARCHAR(512) PATH '$[3]',
    schema_version BIGINT PATH '$[4]',
    data LONGTEXT PATH '$[5]',
    metadata LONGTEXT PATH '$[6]',
    recorded_at DATETIME(6) PATH '$[7]'
)) AS e;

INSERT INTO receipts (tenant, idempotency_key, command, input_hash, outcome, recorded_at)
SELECT tenant, idempotency_key, command, input_hash, outcome, recorded_at
FROM JSON_TABLE(?4, '$[*]' COLUMNS (
    tenant VARCHAR(512) PATH '$[0]',
    idempotency_key VARCHAR(512) PATH '$[1]',
    command VARCHAR(512) PATH '$[2]',
    input_hash VARCHAR(512) PATH '$[3]',
    outcome LONGTEXT PATH '$[4]',
    recorded_at DATETIME(6) PATH '$[5]'
)) AS r;

INSERT INTO aliases (tenant, alias, stream, fingerprint)
SELECT tenant, alias, stream, fingerprint
FROM JSON_TABLE(?5, '$[*]' COLUMNS (
    tenant VARCHAR(512) PATH '$[0]',
    alias VARCHAR(512) PATH '$[1]',
    stream VARCHAR(512) PATH '$[2]',
    fingerprint VARCHAR(512) PATH '$[3]'
)) AS a;
