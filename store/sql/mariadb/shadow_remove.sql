-- The shadow's file is deleted as a whole.
SELECT 1
