-- Group: recorded transfers, each with the transaction it was told with, if any.
-- Marks all that they carry. Written even where the mark is set already: whoever
-- changes such a transaction at the same time has to notice.
UPDATE (
    SELECT k.tenant, k.transaction_id
    FROM JSON_TABLE(?1, '$[*]' COLUMNS (
        tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
        transaction_id VARCHAR(512) PATH '$[2]'
    )) AS k
    WHERE k.transaction_id IS NOT NULL
    UNION
    SELECT t.tenant, t.transaction_id
    FROM JSON_TABLE(?1, '$[*]' COLUMNS (
        tenant VARCHAR(64) PATH '$[0]', transfer_id VARCHAR(512) PATH '$[1]',
        transaction_id VARCHAR(512) PATH '$[2]'
    )) AS k
    STRAIGHT_JOIN transactions AS t FORCE INDEX (transactions_transfer)
        ON t.tenant = k.tenant AND t.transfer_id = k.transfer_id
) AS carried
STRAIGHT_JOIN transactions AS x
    ON x.tenant = carried.tenant AND x.transaction_id = carried.transaction_id
SET x.linked = TRUE
