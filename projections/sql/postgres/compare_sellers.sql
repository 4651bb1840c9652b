-- The shadow against the table, both ways.
WITH expected AS (
    SELECT * FROM sellers
    EXCEPT
    SELECT * FROM live_sellers WHERE tenant = $1
), found AS (
    SELECT * FROM live_sellers WHERE tenant = $1
    EXCEPT
    SELECT * FROM sellers
), offenders AS (
    SELECT name, MAX(expected) AS expected, MAX(found) AS found
    FROM (
        SELECT 'seller ' || seller_id AS name, 1 AS expected, 0 AS found FROM expected
        UNION ALL
        SELECT 'seller ' || seller_id, 0, 1 FROM found
    ) AS sides
    GROUP BY name
)
SELECT (SELECT COUNT(*) FROM sellers) AS checked, (
    SELECT name || CASE
            WHEN found = 0 THEN ' is in the log but not in the table'
            WHEN expected = 0 THEN ' is in the table but not in the log'
            ELSE ' is not as the log tells'
        END
    FROM offenders ORDER BY name LIMIT 1
) AS offender
