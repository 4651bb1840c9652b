-- One rebuild at a time. The server frees the lock when the connection ends, however it does.
SELECT pg_try_advisory_lock(hashtextextended('payoutd rebuild ' || current_schema(), 0)) AS claimed
