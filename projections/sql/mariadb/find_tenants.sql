-- All tenants that have sellers or money. Both selects hop along the keys.
SELECT DISTINCT tenant FROM balances
UNION
SELECT DISTINCT tenant FROM sellers
ORDER BY tenant
