-- Payouts with the newest first: what people look at. When one was requested never changes, so
-- updates touch no index as before.
CREATE INDEX payouts_requested ON payouts (tenant, requested_at, payout_id);
