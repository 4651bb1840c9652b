//! Statements and their arguments, alike for every database.
//!
//! A statement's text is in `sql/<database>/<name>.sql`, one folder each,
//! of the crate that owns it. Scalars and lists are bound one by one
//! ([`Value`]); many rows at once go in as [`crate::Columns`].

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::Backend;

/// A statement in every database's dialect.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    /// The file's name, for errors and metrics.
    pub name: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
    /// The text for MariaDB.
    pub mariadb: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
}

impl Sql {
    /// A statement in words that every database understands.
    #[must_use]
    pub const fn alike(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            postgres: text,
            mariadb: text,
            sqlite: text,
        }
    }

    /// The text for a database.
    #[must_use]
    pub const fn text(&self, backend: Backend) -> &'static str {
        match backend {
            Backend::Postgres => self.postgres,
            Backend::MariaDb => self.mariadb,
            Backend::Sqlite => self.sqlite,
        }
    }
}

/// Declares a crate's statements: a constant for each, and `ALL` of them, which
/// a test prepares on every database.
///
/// ```text
/// store::statements! { LOAD_STREAMS = "load_streams"; }
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)+) => {
        $(
            $(#[$doc])*
            pub const $name: $crate::Sql = $crate::Sql {
                name: $file,
                postgres: include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"), "/sql/postgres/", $file, ".sql"
                )),
                mariadb: include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"), "/sql/mariadb/", $file, ".sql"
                )),
                sqlite: include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"), "/sql/sqlite/", $file, ".sql"
                )),
            };
        )+

        /// Every statement of this crate.
        pub const ALL: &[$crate::Sql] = &[$($name,)+];
    };
}

/// One argument of a statement.
///
/// A list is an array on PostgreSQL (`= ANY($1)`) and a JSON array on MariaDB
/// (`JSON_TABLE(?1, …)`) and SQLite (`IN (SELECT value FROM json_each(?1))`). Times are
/// `TIMESTAMPTZ` on PostgreSQL, `DATETIME(6)` in UTC on MariaDB, and RFC 3339 text with
/// microseconds on SQLite.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// Text or nothing.
    OptText(Option<&'a str>),
    /// A number.
    Int(i64),
    /// A number or nothing.
    OptInt(Option<i64>),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Time(OffsetDateTime),
    /// A moment or nothing.
    OptTime(Option<OffsetDateTime>),
    /// A payout id or nothing.
    OptUuid(Option<Uuid>),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A list of texts.
    Texts(Vec<&'a str>),
    /// A list of numbers.
    Ints(Vec<i64>),
}
