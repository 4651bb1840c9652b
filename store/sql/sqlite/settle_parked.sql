-- Group: parked webhooks with their new outcome.
UPDATE inbox AS w
SET outcome = s.value ->> 3, reason = s.value ->> 4, detail = s.value ->> 5,
    settled_at = s.value ->> 6
FROM json_each(?1, '$[0]') AS s
WHERE w.tenant = s.value ->> 0 AND w.event_id = s.value ->> 1 AND w.body_hash = s.value ->> 2
    AND w.outcome = 'parked'
RETURNING sequence
