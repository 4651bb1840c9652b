-- The result of a check, instead of the one before.
INSERT INTO checks (tenant, name, holds, detail, cursor, checked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (tenant, name) DO UPDATE SET
    holds = excluded.holds, detail = excluded.detail, cursor = excluded.cursor,
    checked_at = excluded.checked_at
