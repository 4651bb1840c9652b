-- Working on the archive of webhooks.

-- The archive in order of arrival, for replays. Its entries are added at the end: of all that a
-- webhook costs it is hardly anything (docs/adr/0021-work-on-dead-letters.md).
CREATE INDEX inbox_sequence ON inbox (sequence);

-- The first of an object that is dead or waits, without looking at all of them.
DROP INDEX inbox_waiting;
CREATE INDEX inbox_waiting ON inbox (tenant, object, sequence) WHERE outcome IN ('parked', 'dead');

-- Dead letters and parked webhooks in order of arrival, for people. Not by tenant: without
-- statistics, the planner would take that for as good as the one above.
CREATE INDEX inbox_letters ON inbox (sequence) WHERE outcome IN ('parked', 'dead');
