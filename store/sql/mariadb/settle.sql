-- Group: webhooks of the archive with their new outcome, each from the outcome that was read.
-- Result: a row for each that changed.
UPDATE JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(512) PATH '$[0]',
    event_id VARCHAR(512) PATH '$[1]',
    body_hash VARCHAR(512) PATH '$[2]',
    before_it VARCHAR(512) PATH '$[3]',
    event_type VARCHAR(512) PATH '$[4]',
    object VARCHAR(512) PATH '$[5]',
    outcome VARCHAR(512) PATH '$[6]',
    reason VARCHAR(512) PATH '$[7]',
    detail LONGTEXT PATH '$[8]',
    settled_at DATETIME(6) PATH '$[9]'
)) AS s
STRAIGHT_JOIN inbox AS w FORCE INDEX (inbox_event)
    ON w.event_id = s.event_id AND w.tenant = s.tenant AND w.body_hash = s.body_hash
SET w.event_type = s.event_type, w.object = s.object, w.outcome = s.outcome,
    w.reason = s.reason, w.detail = s.detail, w.settled_at = s.settled_at
WHERE w.outcome = s.before_it;

SELECT ord AS changed
FROM JSON_TABLE(?1, '$[*]' COLUMNS (ord FOR ORDINALITY)) AS s
WHERE ord <= ROW_COUNT();
