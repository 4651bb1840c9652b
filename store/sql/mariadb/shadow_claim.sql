-- One rebuild at a time. The server frees the lock when the connection ends, however it does; it
-- must not end it for being idle. A name has 64 characters at most.
SET SESSION wait_timeout = 31536000;
SELECT COALESCE(GET_LOCK(CONCAT('payoutd rebuild ', MD5(DATABASE())), 0), 0) AS claimed
