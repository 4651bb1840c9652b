-- Which code has built each read table.
SELECT name, version FROM projections
