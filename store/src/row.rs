//! A row of a result, whichever database it came from.

use sqlx::{ColumnIndex, Row as _, mysql::MySqlRow, postgres::PgRow, sqlite::SqliteRow};
use time::{
    OffsetDateTime, PrimitiveDateTime, UtcOffset, format_description::BorrowedFormatItem,
    macros::format_description,
};
use uuid::Uuid;

use crate::error::StoreError;

pub(crate) const SQLITE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

const MARIADB_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]");

/// A moment as MariaDB reads it from text: in UTC, and without saying so.
#[must_use]
pub(crate) fn mariadb_time(moment: OffsetDateTime) -> String {
    // The format has no part that a moment lacks.
    moment
        .to_offset(UtcOffset::UTC)
        .format(MARIADB_TIME)
        .unwrap_or_default()
}

/// A moment as SQLite keeps it: text that sorts by time.
#[must_use]
pub fn sqlite_time(moment: OffsetDateTime) -> String {
    // The format has no part that a moment lacks.
    moment
        .to_offset(UtcOffset::UTC)
        .format(SQLITE_TIME)
        .unwrap_or_default()
}

/// A row of a result.
#[derive(Debug)]
pub enum Row {
    /// From PostgreSQL.
    Postgres(PgRow),
    /// From MariaDB.
    MariaDb(MySqlRow),
    /// From SQLite.
    Sqlite(SqliteRow),
}

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $type:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// When there is no such column, or it has another type.
        pub fn $name(&self, column: &str) -> Result<$type, StoreError> {
            match self {
                Self::Postgres(row) => row.try_get(column),
                Self::MariaDb(row) => row.try_get(column),
                Self::Sqlite(row) => row.try_get(column),
            }
            .map_err(|source| StoreError::column(column, source))
        }
    };
}

impl Row {
    getter!(
        /// A text.
        text, String
    );
    getter!(
        /// A text or nothing.
        opt_text, Option<String>
    );
    getter!(
        /// A number.
        int, i64
    );
    getter!(
        /// A number or nothing.
        opt_int, Option<i64>
    );
    getter!(
        /// Yes or no.
        flag, bool
    );
    getter!(
        /// Bytes.
        bytes, Vec<u8>
    );

    /// A count or version: a number that is never negative.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else.
    pub fn count(&self, column: &str) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?)
            .map_err(|error| StoreError::column(column, sqlx::Error::Decode(error.into())))
    }

    /// A list of numbers: an array on PostgreSQL, a JSON array on the others.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else.
    pub fn ints(&self, column: &str) -> Result<Vec<i64>, StoreError> {
        match self {
            Self::Postgres(row) => row
                .try_get(column)
                .map_err(|source| StoreError::column(column, source)),
            Self::MariaDb(_) | Self::Sqlite(_) => serde_json::from_str(&self.text(column)?)
                .map_err(|e| StoreError::column(column, sqlx::Error::Decode(e.into()))),
        }
    }

    /// A moment or nothing.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else.
    pub fn opt_time(&self, column: &str) -> Result<Option<OffsetDateTime>, StoreError> {
        match self {
            Self::Postgres(row) => row
                .try_get(column)
                .map_err(|source| StoreError::column(column, source)),
            Self::MariaDb(row) => row
                .try_get(column)
                .map_err(|source| StoreError::column(column, source)),
            Self::Sqlite(_) => self
                .opt_text(column)?
                .map(|text| {
                    PrimitiveDateTime::parse(&text, SQLITE_TIME)
                        .map(PrimitiveDateTime::assume_utc)
                        .map_err(|e| StoreError::column(column, sqlx::Error::Decode(e.into())))
                })
                .transpose(),
        }
    }

    /// A moment.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else.
    pub fn time(&self, column: &str) -> Result<OffsetDateTime, StoreError> {
        self.opt_time(column)?
            .ok_or_else(|| StoreError::column(column, sqlx::Error::Decode("it is null".into())))
    }

    /// A UUID or nothing.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else.
    pub fn opt_uuid(&self, column: &str) -> Result<Option<Uuid>, StoreError> {
        match self {
            Self::Postgres(row) => row
                .try_get(column)
                .map_err(|source| StoreError::column(column, source)),
            Self::MariaDb(_) | Self::Sqlite(_) => self
                .opt_text(column)?
                .map(|text| {
                    Uuid::parse_str(&text)
                        .map_err(|e| StoreError::column(column, sqlx::Error::Decode(e.into())))
                })
                .transpose(),
        }
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        use sqlx::Column;
        match self {
            Self::Postgres(row) => row.columns().iter().map(|c| c.name().to_owned()).collect(),
            Self::MariaDb(row) => row.columns().iter().map(|c| c.name().to_owned()).collect(),
            Self::Sqlite(row) => row.columns().iter().map(|c| c.name().to_owned()).collect(),
        }
    }

    /// Whether there is such a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        match self {
            Self::Postgres(row) => column.index(row).is_ok(),
            Self::MariaDb(row) => column.index(row).is_ok(),
            Self::Sqlite(row) => column.index(row).is_ok(),
        }
    }
}
