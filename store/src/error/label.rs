//! Codes as labels of metrics: a fixed list, whatever servers may come up with.

/// What is worth telling apart.
const KNOWN: &[&str] = &[
    // PostgreSQL: conflicts, locks, cancelled, connections, room.
    "40001",
    "40P01",
    "23505",
    "55P03",
    "57014",
    "57P01",
    "57P02",
    "57P03",
    "08000",
    "08003",
    "08006",
    "25P02",
    "25P03",
    "25006",
    "53100",
    "53200",
    "53300",
    // MariaDB: the same.
    "1213",
    "1020",
    "1205",
    "1022",
    "1062",
    "1317",
    "1969",
    "1040",
    "1053",
    "1927",
    "2006",
    "2013",
    "1021",
    // SQLite: busy, locked, read-only, I/O, full.
    "5",
    "6",
    "261",
    "262",
    "517",
    "773",
    "1555",
    "2067",
    "2579",
    "8",
    "10",
    "13",
    // Our own words.
    "streams_moved",
    "rolled_back",
    "commit_unknown",
    "unreachable",
    "pool_exhausted",
    "deadline_exceeded",
    "read_only",
    "hook",
];

/// A code of [`StoreError::code`](super::StoreError::code), or `other`.
pub(crate) fn label(code: &str) -> &'static str {
    let known = KNOWN.iter().find(|known| **known == code);
    known.copied().unwrap_or("other")
}
