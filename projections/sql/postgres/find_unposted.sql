-- Whether a tenant has an event up to a position that a follower has not come to.
SELECT COUNT(*) AS found FROM (
    SELECT 1 FROM events
    WHERE (txid, position) > ($1::bigint::text::xid8, $2::bigint)
        AND tenant = $3 AND ($4::bigint IS NULL OR position <= $4)
    LIMIT 1
) AS unposted
