-- Group: webhooks of the archive with their new outcome, each from the outcome that was read.
UPDATE inbox AS w
SET event_type = s.value ->> 4, object = s.value ->> 5, outcome = s.value ->> 6,
    reason = s.value ->> 7, detail = s.value ->> 8, settled_at = s.value ->> 9
FROM json_each(?1, '$[0]') AS s
WHERE w.tenant = s.value ->> 0 AND w.event_id = s.value ->> 1 AND w.body_hash = s.value ->> 2
    AND w.outcome = s.value ->> 3
RETURNING sequence
