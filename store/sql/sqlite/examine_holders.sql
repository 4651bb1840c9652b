-- Moves what the write-ahead log has into the database, as far as no reader is in the way. More
-- frames in the log than were moved: somebody reads an old snapshot. (?1 has no meaning here.)
PRAGMA wal_checkpoint(PASSIVE)
