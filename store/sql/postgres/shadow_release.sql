-- The next rebuild may come.
SELECT pg_advisory_unlock(hashtextextended('payoutd rebuild ' || current_schema(), 0)) AS released
