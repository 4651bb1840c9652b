-- Group: parked webhooks with their new outcome.
UPDATE inbox AS w
SET outcome = s.outcome, reason = s.reason, detail = s.detail, settled_at = s.settled_at
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS event_id,
        unnest($3::text[]) AS body_hash, unnest($4::text[]) AS outcome,
        unnest($5::text[]) AS reason, unnest($6::text[]) AS detail,
        unnest($7::timestamptz[]) AS settled_at
) AS s
WHERE w.tenant = s.tenant AND w.event_id = s.event_id AND w.body_hash = s.body_hash
    AND w.outcome = 'parked'
RETURNING w.sequence
