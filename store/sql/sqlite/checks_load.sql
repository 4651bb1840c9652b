-- The latest results of the checks of a tenant.
SELECT name, holds, detail, cursor, checked_at FROM checks WHERE tenant = ?1 ORDER BY name
