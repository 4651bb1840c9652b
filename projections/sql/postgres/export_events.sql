-- A page of the log, in its order, of transactions that have all ended: nothing that is
-- committed later stands before it. Of a seller: the registration and the balances, whose
-- names end in a currency.
SELECT txid::text::bigint AS txid, position, stream, version, type, schema_version,
    data::text AS data, metadata::text AS metadata, recorded_at
FROM events
WHERE tenant = $1
    AND txid < pg_snapshot_xmin(pg_current_snapshot())
    AND (txid, position) > ($3::bigint::text::xid8, $4::bigint)
    AND ($5::text IS NULL OR stream = 'seller-' || $5::text
        OR substr(stream, 1, length(stream) - 4) = 'balance-' || $5::text)
    AND ($6::uuid IS NULL OR stream = 'payout-' || $6::uuid)
    AND ($7::timestamptz IS NULL OR recorded_at >= $7)
    AND ($8::timestamptz IS NULL OR recorded_at < $8)
ORDER BY events.txid, events.position
LIMIT $2
