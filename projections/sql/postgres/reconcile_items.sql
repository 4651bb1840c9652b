SELECT i.payout_id, i.transaction_id, i.amount_minor, i.currency, i.transfer_id
FROM unnest($2::text[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT * FROM payout_items WHERE tenant = $1 AND payout_id = wanted.id::uuid OFFSET 0
) AS i
ORDER BY i.payout_id, i.transaction_id
