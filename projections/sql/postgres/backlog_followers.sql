-- Where the log ends, where some followers are, and since when the first event waits that each
-- has not come to.
SELECT wanted.follower, COALESCE(c.position, 0) AS position,
    (SELECT position FROM events ORDER BY events.txid DESC, events.position DESC LIMIT 1) AS log_end,
    (
        SELECT e.recorded_at FROM events AS e
        WHERE (e.txid, e.position) > (COALESCE(c.txid, 0)::text::xid8, COALESCE(c.position, 0))
        ORDER BY e.txid, e.position
        LIMIT 1
    ) AS waiting_since
FROM unnest($1::text[]) AS wanted (follower)
LEFT JOIN checkpoints AS c ON c.follower = wanted.follower
