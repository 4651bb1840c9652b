-- Readings that are older than they are kept, a few at a time.
DELETE FROM readings
WHERE rowid IN (
    SELECT rowid FROM readings
    WHERE step_seconds = ?1 AND starts_at < ?2
    ORDER BY starts_at
    LIMIT ?3
)
