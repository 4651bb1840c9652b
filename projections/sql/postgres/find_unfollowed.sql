-- Whether there is an event of before a moment that a follower has not come to.
SELECT COUNT(*) AS found FROM (
    SELECT 1 FROM events
    WHERE (txid, position) > ($1::bigint::text::xid8, $2) AND recorded_at < $3
    LIMIT 1
) AS unfollowed
