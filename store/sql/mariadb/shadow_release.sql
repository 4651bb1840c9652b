-- The next rebuild may come.
SELECT RELEASE_LOCK(CONCAT('payoutd rebuild ', MD5(DATABASE()))) AS released
