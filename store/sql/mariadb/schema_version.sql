-- The newest migration that the schema has had.
SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations
