-- Working on the archive of webhooks.

-- The archive in order of arrival, for replays. Its entries are added at the end: of all that a
-- webhook costs it is hardly anything (docs/adr/0021-work-on-dead-letters.md).
CREATE UNIQUE INDEX inbox_sequence ON inbox (sequence);

-- The first of an object that is dead or waits, without looking at all of them.
DROP INDEX inbox_waiting;
CREATE INDEX inbox_waiting ON inbox (tenant, object, sequence) WHERE outcome IN ('parked', 'dead');

-- Dead letters and parked webhooks in order of arrival, for people.
CREATE INDEX inbox_letters ON inbox (tenant, sequence) WHERE outcome IN ('parked', 'dead');
