-- Group: webhooks of the archive with their new outcome, each from the outcome that was read.
UPDATE inbox AS w
SET event_type = s.event_type, object = s.object, outcome = s.outcome, reason = s.reason,
    detail = s.detail, settled_at = s.settled_at
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS event_id,
        unnest($3::text[]) AS body_hash, unnest($4::text[]) AS before,
        unnest($5::text[]) AS event_type, unnest($6::text[]) AS object,
        unnest($7::text[]) AS outcome, unnest($8::text[]) AS reason, unnest($9::text[]) AS detail,
        unnest($10::timestamptz[]) AS settled_at
) AS s
WHERE w.tenant = s.tenant AND w.event_id = s.event_id AND w.body_hash = s.body_hash
    AND w.outcome = s.before
RETURNING w.sequence
