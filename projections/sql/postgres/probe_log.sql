-- The first event at or behind a place of the log, which is a transaction's.
SELECT txid::text::bigint AS place, recorded_at FROM events
WHERE txid >= $1::bigint::text::xid8
ORDER BY events.txid, events.position
LIMIT 1
