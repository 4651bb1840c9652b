-- The last position of the log, in its order.
SELECT position FROM events
ORDER BY events.txid DESC, events.position DESC
LIMIT 1
