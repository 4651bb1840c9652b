-- Only what a rebuild leaves there. What others have put beside it stays, and the database too.
DROP TABLE IF EXISTS {shadow}.projections;
DROP TABLE IF EXISTS
    {shadow}.sellers, {shadow}.payouts, {shadow}.payout_items, {shadow}.transactions,
    {shadow}.transfers, {shadow}.balances, {shadow}.postings, {shadow}.daily_rollups,
    {shadow}.checkpoints, {shadow}.gate;
