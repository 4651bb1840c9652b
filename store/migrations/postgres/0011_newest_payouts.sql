-- Payouts with the newest first: what people look at. When one was requested never changes, so
-- updates touch no index as before. Whoever cannot have payouts wait meanwhile has built it
-- before, CONCURRENTLY (docs/operations.md, Upgrades).
CREATE INDEX IF NOT EXISTS payouts_requested ON payouts (tenant, requested_at, payout_id);
