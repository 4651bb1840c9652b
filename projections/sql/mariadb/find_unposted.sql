-- Whether a tenant has an event up to a position that a follower has not come to. The
-- transaction id is always 0 here.
SELECT COUNT(*) AS found FROM (
    SELECT 1 FROM events
    WHERE ?1 = 0 AND position > ?2 AND tenant = ?3 AND (?4 IS NULL OR position <= ?4)
    LIMIT 1
) AS unposted
