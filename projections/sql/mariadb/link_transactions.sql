-- Group: recorded transfers, each with the transaction it was told with, if any.
-- Marks all that they carry. Written even where the mark is set already: whoever
-- changes such a transaction at the same time has to notice.
WITH k AS (
    SELECT value ->> 0 AS tenant, value ->> 1 AS transfer_id, value ->> 2 AS transaction_id
    FROM json_each(?1, '$[0]')
), carried AS (
    SELECT k.tenant, k.transaction_id FROM k WHERE k.transaction_id IS NOT NULL
    UNION
    SELECT t.tenant, t.transaction_id
    FROM k JOIN transactions AS t ON t.tenant = k.tenant AND t.transfer_id = k.transfer_id
)
UPDATE transactions AS x
SET linked = 1
FROM carried
WHERE x.tenant = carried.tenant AND x.transaction_id = carried.transaction_id
