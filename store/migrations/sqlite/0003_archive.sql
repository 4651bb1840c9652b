-- Working on the archive of webhooks. Its order of arrival is its primary key here, and those that
-- are dead or wait are few enough to be sorted when somebody asks.

-- The first of an object that is dead or waits, without looking at all of them.
DROP INDEX inbox_waiting;
CREATE INDEX inbox_waiting ON inbox (tenant, object, sequence) WHERE outcome IN ('parked', 'dead');
