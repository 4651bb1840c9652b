-- Not part of any decision: the newest wins. Each assignment sees those before it: the version
-- goes after the state, and the format last.
INSERT INTO snapshots (tenant, stream, version, format, state) VALUES (?1, ?2, ?3, ?4, ?5)
ON DUPLICATE KEY UPDATE
    state = IF(version < VALUES(version) OR format <> VALUES(format), VALUES(state), state),
    version = IF(version < VALUES(version) OR format <> VALUES(format), VALUES(version), version),
    format = VALUES(format)
