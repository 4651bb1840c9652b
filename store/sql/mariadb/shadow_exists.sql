-- Whether there is a shadow already: the statement runs in its file.
SELECT COUNT(*) > 0 AS found FROM sqlite_schema WHERE name = ?1
