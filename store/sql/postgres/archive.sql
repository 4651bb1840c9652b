-- Group: webhooks with their outcome. `unnest` keeps their order, and so does `sequence`.
INSERT INTO inbox (tenant, event_id, body_hash, event_type, object, body, outcome, reason, detail,
    received_at, settled_at)
SELECT COALESCE(w.tenant, ($1::text[])[1]), w.event_id, w.body_hash, w.event_type, w.object, w.body,
    w.outcome, w.reason, w.detail, COALESCE(w.received_at, ($10::timestamptz[])[1]),
    COALESCE(w.received_at, ($10::timestamptz[])[1])
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[],
        $8::text[], $9::text[], $10::timestamptz[])
    AS w (tenant, event_id, body_hash, event_type, object, body, outcome, reason, detail,
        received_at)
