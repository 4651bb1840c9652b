-- The clock, in microseconds since 1970: this machine's own.
SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now_micros
