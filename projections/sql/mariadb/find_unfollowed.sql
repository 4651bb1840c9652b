-- Whether there is an event of before a moment that a follower has not come to. The
-- transaction id is always 0 here.
SELECT COUNT(*) AS found FROM (
    SELECT 1 FROM events
    WHERE ?1 = 0 AND position > ?2 AND recorded_at < ?3
    LIMIT 1
) AS unfollowed
