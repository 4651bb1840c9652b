-- Where the archive begins and ends: two looks at its order, not a walk through it.
SELECT (SELECT COALESCE(MIN(sequence), 0) FROM inbox) AS first,
    (SELECT COALESCE(MAX(sequence), 0) FROM inbox) AS last
