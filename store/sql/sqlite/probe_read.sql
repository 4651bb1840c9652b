-- How many marks of this probe a transaction sees.
SELECT count(*) AS marks FROM isolation_probe WHERE probe = ?1
