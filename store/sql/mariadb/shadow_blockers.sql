-- Rows are replaced inside their tables: whatever depends on those does not notice.
SELECT value AS blocker FROM json_each(?1) WHERE FALSE
