-- A temporary table stands before any other of its name. The real ones are reached as
-- those of main.
CREATE TEMP TABLE sellers AS SELECT * FROM main.sellers WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_sellers ON sellers (tenant, seller_id);

CREATE TEMP TABLE payouts AS SELECT * FROM main.payouts WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_payouts ON payouts (tenant, payout_id);

CREATE TEMP TABLE payout_items AS SELECT * FROM main.payout_items WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_payout_items ON payout_items (tenant, payout_id, transaction_id);

CREATE TEMP TABLE transactions AS SELECT * FROM main.transactions WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_transactions ON transactions (tenant, transaction_id);
CREATE INDEX temp.shadow_transactions_link ON transactions (tenant, transfer_id, transaction_id);

CREATE TEMP TABLE transfers AS SELECT * FROM main.transfers WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_transfers ON transfers (tenant, transfer_id);
CREATE INDEX temp.shadow_transfers_link ON transfers (tenant, transaction_id);

CREATE TEMP TABLE balances AS SELECT * FROM main.balances WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_balances ON balances (tenant, seller_id, currency);

CREATE TEMP TABLE postings AS SELECT * FROM main.postings WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_postings ON postings (tenant, position, line);

CREATE TEMP TABLE daily_rollups AS SELECT * FROM main.daily_rollups WHERE FALSE;
CREATE UNIQUE INDEX temp.shadow_daily_rollups ON daily_rollups (tenant, day, seller_id, currency);
