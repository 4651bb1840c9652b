-- Group: webhooks with their outcome, in order of arrival. Numbers are given in that order.
INSERT INTO inbox (tenant, event_id, body_hash, event_type, object, body, outcome, reason, detail,
    received_at, settled_at)
SELECT tenant, event_id, body_hash, event_type, object, UNHEX(body), outcome, reason, detail,
    received_at, received_at
FROM JSON_TABLE(?1, '$[*]' COLUMNS (
    tenant VARCHAR(512) PATH '$[0]',
    event_id VARCHAR(512) PATH '$[1]',
    body_hash VARCHAR(512) PATH '$[2]',
    event_type VARCHAR(512) PATH '$[3]',
    object VARCHAR(512) PATH '$[4]',
    body LONGTEXT PATH '$[5]',
    outcome VARCHAR(512) PATH '$[6]',
    reason VARCHAR(512) PATH '$[7]',
    detail LONGTEXT PATH '$[8]',
    received_at DATETIME(6) PATH '$[9]'
)) AS w
