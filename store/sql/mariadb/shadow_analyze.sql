-- Every statement that fills the shadow says by which index; rows are compared as they lie.
SELECT 1
