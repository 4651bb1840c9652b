-- Replaces the rows of those live tables that are named in ?1 by those of the shadow, which is
-- attached. Readers see the old ones until the commit.
DELETE FROM main.sellers WHERE 'sellers' IN (SELECT value FROM json_each(?1));
INSERT INTO main.sellers SELECT * FROM rebuilt.sellers
WHERE 'sellers' IN (SELECT value FROM json_each(?1));

DELETE FROM main.payouts WHERE 'payouts' IN (SELECT value FROM json_each(?1));
INSERT INTO main.payouts SELECT * FROM rebuilt.payouts
WHERE 'payouts' IN (SELECT value FROM json_each(?1));

DELETE FROM main.payout_items WHERE 'payout_items' IN (SELECT value FROM json_each(?1));
INSERT INTO main.payout_items SELECT * FROM rebuilt.payout_items
WHERE 'payout_items' IN (SELECT value FROM json_each(?1));

DELETE FROM main.transactions WHERE 'transactions' IN (SELECT value FROM json_each(?1));
INSERT INTO main.transactions SELECT * FROM rebuilt.transactions
WHERE 'transactions' IN (SELECT value FROM json_each(?1));

DELETE FROM main.transfers WHERE 'transfers' IN (SELECT value FROM json_each(?1));
INSERT INTO main.transfers SELECT * FROM rebuilt.transfers
WHERE 'transfers' IN (SELECT value FROM json_each(?1));

DELETE FROM main.balances WHERE 'balances' IN (SELECT value FROM json_each(?1));
INSERT INTO main.balances SELECT * FROM rebuilt.balances
WHERE 'balances' IN (SELECT value FROM json_each(?1));

DELETE FROM main.postings WHERE 'postings' IN (SELECT value FROM json_each(?1));
INSERT INTO main.postings SELECT * FROM rebuilt.postings
WHERE 'postings' IN (SELECT value FROM json_each(?1));

DELETE FROM main.daily_rollups WHERE 'daily_rollups' IN (SELECT value FROM json_each(?1));
INSERT INTO main.daily_rollups SELECT * FROM rebuilt.daily_rollups
WHERE 'daily_rollups' IN (SELECT value FROM json_each(?1));
