-- Working on the archive of webhooks. Its order of arrival is its primary key here. There are no
-- partial indexes: the outcome goes first, so those that are dead or wait lie together, and the
-- large rest of the index is only ever written to.

-- The first of an object that is dead or waits, without looking at all of them.
CREATE INDEX IF NOT EXISTS inbox_waiting ON inbox (outcome, tenant, object, sequence);
-- Those that wait for something. For what was applied the reason is null, and the entry cheap.
CREATE INDEX IF NOT EXISTS inbox_parked ON inbox (outcome, tenant, reason, sequence);
