-- Why Stripe has not taken a payout yet: its code while it refuses for now or until a person
-- has looked, the reason while the payout is in doubt. Null when there is nothing to tell.
ALTER TABLE payouts ADD COLUMN IF NOT EXISTS held_up LONGTEXT;
