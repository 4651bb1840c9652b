-- Of some balances those that a filter lets through, in the order of their names. $2: a JSON list
-- of their keys, each a list.
SELECT seller_id, currency, pending_minor, available_minor, reserved_minor, paid_out_minor, version,
    updated_at
FROM json_array_elements($2::json) WITH ORDINALITY AS wanted (key, number)
JOIN balances AS x ON x.tenant = $1 AND x.seller_id = (wanted.key ->> 0)
    AND x.currency = (wanted.key ->> 1)
WHERE ($3::text IS NULL OR seller_id = $3)
    AND ($4::text IS NULL OR currency = $4)
    AND ($5::timestamptz IS NULL OR updated_at >= $5)
    AND ($6::timestamptz IS NULL OR updated_at < $6)
ORDER BY wanted.number
