-- Rows are replaced inside their tables. What happens when one is deleted would happen to those
-- that come back: triggers, and foreign keys that point to them.
SELECT 'trigger ' || trigger_name AS blocker FROM information_schema.triggers
WHERE event_object_schema = DATABASE() AND JSON_CONTAINS(?1, JSON_QUOTE(event_object_table))
UNION ALL
SELECT 'foreign key ' || constraint_name FROM information_schema.referential_constraints
WHERE unique_constraint_schema = DATABASE() AND JSON_CONTAINS(?1, JSON_QUOTE(referenced_table_name))
