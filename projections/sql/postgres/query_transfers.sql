-- A page of transfers.
SELECT transfer_id, seller_id, status, amount_minor, reversed_minor, currency, transaction_id,
    payout_id, updated_at
FROM transfers
WHERE tenant = $1
    AND transfer_id > $3::text
    AND ($4::text IS NULL OR seller_id = $4)
    AND ($5::text IS NULL OR status = $5)
    AND ($6::text IS NULL OR currency = $6)
    AND ($7::uuid IS NULL OR payout_id = $7)
    AND ($8::timestamptz IS NULL OR updated_at >= $8)
    AND ($9::timestamptz IS NULL OR updated_at < $9)
ORDER BY transfer_id
LIMIT $2
