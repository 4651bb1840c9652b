-- Group: webhooks with their outcome. `unnest` keeps their order, and so does `sequence`.
INSERT INTO inbox (tenant, event_id, body_hash, event_type, object, body, outcome, reason, detail,
    received_at, settled_at)
SELECT COALESCE(w.tenant, ($1::text[])[1]), w.event_id, w.body_hash, w.event_type, w.object, w.body,
    w.outcome, w.reason, w.detail, COALESCE(w.received_at, ($10::timestamptz[])[1]),
    COALESCE(w.received_at, ($10::timestamptz[])[1])
FROM (
    SELECT
        unnest($1::text[]) AS tenant, unnest($2::text[]) AS event_id,
        unnest($3::text[]) AS body_hash, unnest($4::text[]) AS event_type,
        unnest($5::text[]) AS object, unnest($6::bytea[]) AS body, unnest($7::text[]) AS outcome,
        unnest($8::text[]) AS reason, unnest($9::text[]) AS detail,
        unnest($10::timestamptz[]) AS received_at
) AS w
