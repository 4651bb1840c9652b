-- The lock is one of the operating system.
SELECT 1 AS released
