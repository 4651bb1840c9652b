-- The shadow's file has been migrated like any other: nothing is missing.
SELECT 1
