-- The database beside the live one, and empty tables in it: the same columns and indexes. Of what
-- somebody may have left there, nothing stays. DDL commits by itself: whoever is killed in
-- between leaves no marks, and the next one makes all of it anew.
CREATE DATABASE IF NOT EXISTS {shadow} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
DROP TABLE IF EXISTS {shadow}.projections;
CREATE OR REPLACE TABLE {shadow}.sellers LIKE sellers;
CREATE OR REPLACE TABLE {shadow}.payouts LIKE payouts;
CREATE OR REPLACE TABLE {shadow}.payout_items LIKE payout_items;
CREATE OR REPLACE TABLE {shadow}.transactions LIKE transactions;
CREATE OR REPLACE TABLE {shadow}.transfers LIKE transfers;
CREATE OR REPLACE TABLE {shadow}.balances LIKE balances;
CREATE OR REPLACE TABLE {shadow}.postings LIKE postings;
CREATE OR REPLACE TABLE {shadow}.daily_rollups LIKE daily_rollups;
CREATE OR REPLACE TABLE {shadow}.checkpoints LIKE checkpoints;
CREATE OR REPLACE TABLE {shadow}.gate LIKE gate;
INSERT INTO {shadow}.gate SELECT id FROM gate;
CREATE TABLE {shadow}.projections LIKE projections;
