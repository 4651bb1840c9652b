-- Group: webhooks with their outcome.
INSERT INTO inbox (tenant, event_id, body_hash, event_type, object, body, outcome, reason, detail,
    received_at, settled_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, unhex(value ->> 5),
    value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 9
FROM json_each(?1, '$[0]')
ORDER BY key
