-- A mark of a probe, and of which of its two transactions.
INSERT INTO isolation_probe (probe, side) VALUES (?1, ?2)
