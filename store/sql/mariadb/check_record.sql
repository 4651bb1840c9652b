-- The result of a check, instead of the one before.
INSERT INTO checks (tenant, name, holds, detail, `cursor`, checked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON DUPLICATE KEY UPDATE
    holds = VALUE(holds), detail = VALUE(detail), `cursor` = VALUE(`cursor`),
    checked_at = VALUE(checked_at)
