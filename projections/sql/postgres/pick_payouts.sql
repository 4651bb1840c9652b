-- Of some payouts those that a filter lets through, in the order of their names. $2: a JSON list
-- of their keys, each a list.
SELECT payout_id, seller_id, status, amount_minor, currency, item_count, origin, stripe_payout_id,
    method, arrival_date, failure_code, failure_message, requested_at, paid_at, updated_at,
    version, description, held_up
FROM json_array_elements($2::json) WITH ORDINALITY AS wanted (key, number)
JOIN payouts AS x ON x.tenant = $1 AND x.payout_id = (wanted.key ->> 0)::uuid
WHERE ($3::text IS NULL OR seller_id = $3)
    AND ($4::text IS NULL OR status = $4)
    AND ($5::text IS NULL OR currency = $5)
    AND ($6::uuid IS NULL OR payout_id = $6)
    AND ($7::timestamptz IS NULL OR requested_at >= $7)
    AND ($8::timestamptz IS NULL OR requested_at < $8)
ORDER BY wanted.number
