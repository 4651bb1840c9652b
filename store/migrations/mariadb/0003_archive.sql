-- Working on the archive of webhooks. Its order of arrival is its primary key here. There are no
-- partial indexes: these hold an entry for each webhook, of which those that are dead or wait
-- lie together, under their object or under what they wait for.

-- The first of an object that is dead or waits, without looking at all of them.
CREATE INDEX IF NOT EXISTS inbox_waiting ON inbox (tenant, object, outcome, sequence);
-- Those that wait for something, and dead letters for people.
CREATE INDEX IF NOT EXISTS inbox_parked ON inbox (outcome, tenant, reason, sequence);
