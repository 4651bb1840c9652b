-- Takes the marks of a probe away.
DELETE FROM isolation_probe WHERE probe = $1
