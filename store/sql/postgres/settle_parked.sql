-- Group: parked webhooks with their new outcome.
UPDATE inbox AS w
SET outcome = s.outcome, reason = s.reason, detail = s.detail, settled_at = s.settled_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::timestamptz[])
    AS s (tenant, event_id, body_hash, outcome, reason, detail, settled_at)
WHERE w.tenant = s.tenant AND w.event_id = s.event_id AND w.body_hash = s.body_hash
    AND w.outcome = 'parked'
RETURNING w.sequence
