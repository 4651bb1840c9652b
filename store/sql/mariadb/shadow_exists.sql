-- Whether there is a shadow already.
SELECT COUNT(*) > 0 AS found FROM information_schema.tables
WHERE table_schema = ?1 AND table_name = 'projections'
