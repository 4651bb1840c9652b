-- All tenants that have sellers or money, by hops along the keys.
WITH RECURSIVE of_balances (tenant) AS (
    SELECT MIN(tenant) FROM balances
    UNION ALL
    SELECT (SELECT MIN(b.tenant) FROM balances AS b WHERE b.tenant > t.tenant)
    FROM of_balances AS t WHERE t.tenant IS NOT NULL
), of_sellers (tenant) AS (
    SELECT MIN(tenant) FROM sellers
    UNION ALL
    SELECT (SELECT MIN(s.tenant) FROM sellers AS s WHERE s.tenant > t.tenant)
    FROM of_sellers AS t WHERE t.tenant IS NOT NULL
)
SELECT tenant FROM of_balances WHERE tenant IS NOT NULL
UNION
SELECT tenant FROM of_sellers WHERE tenant IS NOT NULL
ORDER BY tenant
