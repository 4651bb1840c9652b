-- Makes the live tables that are named in the first argument the same as those of the shadow,
-- which is another database: rows whose keys are not there are deleted, and all others replaced.
-- InnoDB leaves a row alone that is replaced by the same: it is only read, so that those who wait
-- at the gate wait no longer than they must. Readers see the old rows until the commit.
-- No columns but keys are named: nothing is to be added here when a table gets another one.

DELETE live FROM sellers AS live
LEFT JOIN {shadow}.sellers AS built
    ON built.tenant = live.tenant AND built.seller_id = live.seller_id
WHERE JSON_CONTAINS(?1, '"sellers"') AND built.tenant IS NULL;
REPLACE INTO sellers SELECT * FROM {shadow}.sellers
WHERE JSON_CONTAINS(?1, '"sellers"');

DELETE live FROM payouts AS live
LEFT JOIN {shadow}.payouts AS built
    ON built.tenant = live.tenant AND built.payout_id = live.payout_id
WHERE JSON_CONTAINS(?1, '"payouts"') AND built.tenant IS NULL;
REPLACE INTO payouts SELECT * FROM {shadow}.payouts
WHERE JSON_CONTAINS(?1, '"payouts"');

DELETE live FROM payout_items AS live
LEFT JOIN {shadow}.payout_items AS built
    ON built.tenant = live.tenant AND built.payout_id = live.payout_id
        AND built.transaction_id = live.transaction_id
WHERE JSON_CONTAINS(?1, '"payout_items"') AND built.tenant IS NULL;
REPLACE INTO payout_items SELECT * FROM {shadow}.payout_items
WHERE JSON_CONTAINS(?1, '"payout_items"');

DELETE live FROM transactions AS live
LEFT JOIN {shadow}.transactions AS built
    ON built.tenant = live.tenant AND built.transaction_id = live.transaction_id
WHERE JSON_CONTAINS(?1, '"transactions"') AND built.tenant IS NULL;
REPLACE INTO transactions SELECT * FROM {shadow}.transactions
WHERE JSON_CONTAINS(?1, '"transactions"');

DELETE live FROM transfers AS live
LEFT JOIN {shadow}.transfers AS built
    ON built.tenant = live.tenant AND built.transfer_id = live.transfer_id
WHERE JSON_CONTAINS(?1, '"transfers"') AND built.tenant IS NULL;
REPLACE INTO transfers SELECT * FROM {shadow}.transfers
WHERE JSON_CONTAINS(?1, '"transfers"');

DELETE live FROM balances AS live
LEFT JOIN {shadow}.balances AS built
    ON built.tenant = live.tenant AND built.seller_id = live.seller_id
        AND built.currency = live.currency
WHERE JSON_CONTAINS(?1, '"balances"') AND built.tenant IS NULL;
REPLACE INTO balances SELECT * FROM {shadow}.balances
WHERE JSON_CONTAINS(?1, '"balances"');

DELETE live FROM postings AS live
LEFT JOIN {shadow}.postings AS built
    ON built.tenant = live.tenant AND built.position = live.position AND built.line = live.line
WHERE JSON_CONTAINS(?1, '"postings"') AND built.tenant IS NULL;
REPLACE INTO postings SELECT * FROM {shadow}.postings
WHERE JSON_CONTAINS(?1, '"postings"');

DELETE live FROM daily_rollups AS live
LEFT JOIN {shadow}.daily_rollups AS built
    ON built.tenant = live.tenant AND built.day = live.day
        AND built.seller_id = live.seller_id AND built.currency = live.currency
WHERE JSON_CONTAINS(?1, '"daily_rollups"') AND built.tenant IS NULL;
REPLACE INTO daily_rollups SELECT * FROM {shadow}.daily_rollups
WHERE JSON_CONTAINS(?1, '"daily_rollups"');
