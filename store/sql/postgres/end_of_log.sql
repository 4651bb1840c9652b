-- The last event in the order of the log, which is its primary key.
SELECT txid::text::bigint AS txid, position FROM events
ORDER BY events.txid DESC, events.position DESC
LIMIT 1
