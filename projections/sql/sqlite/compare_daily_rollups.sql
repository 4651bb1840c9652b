-- The shadow against the table, both ways.
WITH expected AS (
    SELECT * FROM daily_rollups
    EXCEPT
    SELECT * FROM main.daily_rollups WHERE tenant = ?1
), found AS (
    SELECT * FROM main.daily_rollups WHERE tenant = ?1
    EXCEPT
    SELECT * FROM daily_rollups
), offenders AS (
    SELECT name, MAX(expected) AS expected, MAX(found) AS found
    FROM (
        SELECT 'sums of ' || seller_id || ' in ' || currency || ' on ' || day AS name, 1 AS expected, 0 AS found FROM expected
        UNION ALL
        SELECT 'sums of ' || seller_id || ' in ' || currency || ' on ' || day, 0, 1 FROM found
    ) AS sides
    GROUP BY name
)
SELECT (SELECT COUNT(*) FROM daily_rollups) AS checked, (
    SELECT name || CASE
            WHEN found = 0 THEN ' is in the log but not in the table'
            WHEN expected = 0 THEN ' is in the table but not in the log'
            ELSE ' is not as the log tells'
        END
    FROM offenders ORDER BY name LIMIT 1
) AS offender
