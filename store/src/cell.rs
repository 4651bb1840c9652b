//! One value of a row as bytes that are the same whichever database it came from: a tag,
//! and what the tag says. Rows are told apart, and hashed, by them.

use serde_json::{Value as Json, json};
use sqlx::{
    Decode, Row as _, Type, ValueRef as _, mysql::MySqlRow, postgres::PgRow, sqlite::SqliteRow,
};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    columns::Kind,
    error::StoreError,
    row::{Row, SQLITE_TIME, sqlite_time},
};

/// PostgreSQL counts the microseconds of a moment from the beginning of 2000.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A text.
    Text(String),
    /// A number.
    Int(i64),
    /// Yes or no.
    Flag(bool),
    /// A moment: microseconds since the beginning of 1970.
    Time(i64),
    /// A UUID.
    Uuid(Uuid),
    /// Bytes.
    Bytes(Vec<u8>),
    /// What is not of the column's kind, as the database has it.
    Other(Vec<u8>),
}

const NULL: u8 = 0;
const TEXT: u8 = 1;
const INT: u8 = 2;
const FLAG: u8 = 3;
const TIME: u8 = 4;
const UUID: u8 = 5;
const BYTES: u8 = 6;
const OTHER: u8 = 7;

impl Row {
    /// Adds the bytes of one value to `out`.
    ///
    /// # Errors
    /// When there is no such column. A value of another kind is no error: it is
    /// [`Cell::Other`], so it equals no value that belongs there.
    pub fn pack(&self, column: &str, kind: Kind, out: &mut Vec<u8>) -> Result<(), StoreError> {
        match self {
            Self::Postgres(row) => pack_postgres(row, column, kind, out),
            Self::MariaDb(row) => pack_mariadb(row, column, kind, out),
            Self::Sqlite(row) => pack_sqlite(row, column, kind, out),
        }
        .map_err(|source| StoreError::column(column, source))
    }
}

fn pack_postgres(
    row: &PgRow,
    column: &str,
    kind: Kind,
    out: &mut Vec<u8>,
) -> Result<(), sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    if raw.is_null() {
        out.push(NULL);
        return Ok(());
    }
    match kind {
        Kind::Text | Kind::Json | Kind::Tenant => put(out, TEXT, raw.as_bytes().map_err(decode)?),
        Kind::Int => fixed(out, INT, &row.try_get::<i64, _>(column)?.to_be_bytes()),
        Kind::Flag => fixed(out, FLAG, &[u8::from(row.try_get::<bool, _>(column)?)]),
        Kind::Time | Kind::Now => {
            // Not by way of a date: PostgreSQL has moments that are none, such as infinity.
            let bytes = raw.as_bytes().map_err(decode)?;
            match <[u8; 8]>::try_from(bytes) {
                Ok(bytes) => {
                    let micros = i64::from_be_bytes(bytes).saturating_add(POSTGRES_EPOCH_MICROS);
                    fixed(out, TIME, &micros.to_be_bytes());
                }
                Err(_) => put(out, OTHER, bytes),
            }
        }
        Kind::Uuid => fixed(out, UUID, row.try_get::<Uuid, _>(column)?.as_bytes()),
        Kind::Bytes => put(out, BYTES, raw.as_bytes().map_err(decode)?),
    }
    Ok(())
}

fn pack_mariadb(
    row: &MySqlRow,
    column: &str,
    kind: Kind,
    out: &mut Vec<u8>,
) -> Result<(), sqlx::Error> {
    if row.try_get_raw(column)?.is_null() {
        out.push(NULL);
        return Ok(());
    }
    let packed = match kind {
        Kind::Text | Kind::Json | Kind::Tenant => row
            .try_get::<&str, _>(column)
            .map(|text| put(out, TEXT, text.as_bytes())),
        Kind::Int => row
            .try_get::<i64, _>(column)
            .map(|int| fixed(out, INT, &int.to_be_bytes())),
        Kind::Flag => row
            .try_get::<bool, _>(column)
            .map(|flag| fixed(out, FLAG, &[u8::from(flag)])),
        Kind::Time | Kind::Now => row
            .try_get::<OffsetDateTime, _>(column)
            .map(|moment| fixed(out, TIME, &unix_micros(moment).to_be_bytes())),
        Kind::Uuid => match row.try_get::<&str, _>(column).map(spelled) {
            Ok(Some(id)) => {
                fixed(out, UUID, id.as_bytes());
                Ok(())
            }
            Ok(None) => Err(sqlx::Error::Decode("it is no UUID".into())),
            Err(error) => Err(error),
        },
        Kind::Bytes => row
            .try_get::<&[u8], _>(column)
            .map(|bytes| put(out, BYTES, bytes)),
    };
    if packed.is_err() {
        put(out, OTHER, &row.try_get_unchecked::<Vec<u8>, _>(column)?);
    }
    Ok(())
}

fn pack_sqlite(
    row: &SqliteRow,
    column: &str,
    kind: Kind,
    out: &mut Vec<u8>,
) -> Result<(), sqlx::Error> {
    if row.try_get_raw(column)?.is_null() {
        out.push(NULL);
        return Ok(());
    }
    let packed = match kind {
        Kind::Text | Kind::Json | Kind::Tenant => {
            read::<&str>(row, column).map(|text| put(out, TEXT, text.as_bytes()))
        }
        Kind::Int => read::<i64>(row, column).map(|int| fixed(out, INT, &int.to_be_bytes())),
        Kind::Flag => read::<i64>(row, column)
            .and_then(|flag| u8::try_from(flag).ok())
            .filter(|flag| *flag <= 1)
            .map(|flag| fixed(out, FLAG, &[flag])),
        Kind::Time | Kind::Now => read::<&str>(row, column)
            .and_then(micros)
            .map(|micros| fixed(out, TIME, &micros.to_be_bytes())),
        Kind::Uuid => read::<&str>(row, column)
            .and_then(spelled)
            .map(|id| fixed(out, UUID, id.as_bytes())),
        Kind::Bytes => read::<&[u8]>(row, column).map(|bytes| put(out, BYTES, bytes)),
    };
    if packed.is_none() {
        put(out, OTHER, &row.try_get_unchecked::<Vec<u8>, _>(column)?);
    }
    Ok(())
}

fn read<'r, T>(row: &'r SqliteRow, column: &str) -> Option<T>
where
    T: Decode<'r, sqlx::Sqlite> + Type<sqlx::Sqlite>,
{
    row.try_get(column).ok()
}

fn micros(text: &str) -> Option<i64> {
    let moment = PrimitiveDateTime::parse(text, SQLITE_TIME).ok()?;
    Some(unix_micros(moment.assume_utc()))
}

fn unix_micros(moment: OffsetDateTime) -> i64 {
    // Years of four digits are far within the bounds.
    i64::try_from(moment.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// A UUID kept as text. Another spelling of the same id is another value to whoever looks
/// it up.
fn spelled(text: &str) -> Option<Uuid> {
    let id = Uuid::parse_str(text).ok()?;
    (id.hyphenated().to_string() == text).then_some(id)
}

fn fixed(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(bytes);
}

fn put(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    // No column holds more than 4 GiB on either database.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn decode(error: sqlx::error::BoxDynError) -> sqlx::Error {
    sqlx::Error::Decode(error)
}

impl Cell {
    /// Takes the first value off bytes that [`Row::pack`] has made; nothing if they are
    /// none of those.
    #[must_use]
    pub fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let tag = *take(bytes, 1)?.first()?;
        Some(match tag {
            NULL => Self::Null,
            TEXT => Self::Text(String::from_utf8_lossy(counted(bytes)?).into_owned()),
            INT => Self::Int(i64::from_be_bytes(take(bytes, 8)?.try_into().ok()?)),
            FLAG => Self::Flag(take(bytes, 1)? == [1]),
            TIME => Self::Time(i64::from_be_bytes(take(bytes, 8)?.try_into().ok()?)),
            UUID => Self::Uuid(Uuid::from_slice(take(bytes, 16)?).ok()?),
            BYTES => Self::Bytes(counted(bytes)?.to_vec()),
            OTHER => Self::Other(counted(bytes)?.to_vec()),
            _ => return None,
        })
    }

    /// The value as people and programs read it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => json!(text),
            Self::Int(int) => json!(int),
            Self::Flag(flag) => json!(flag),
            Self::Time(micros) => OffsetDateTime::UNIX_EPOCH
                .checked_add(Duration::microseconds(*micros))
                .map_or_else(|| json!(micros), |moment| json!(sqlite_time(moment))),
            Self::Uuid(id) => json!(id),
            Self::Bytes(bytes) => json!(hex::encode(bytes)),
            Self::Other(bytes) => json!(String::from_utf8_lossy(bytes)),
        }
    }
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn counted<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = u32::from_be_bytes(take(bytes, 4)?.try_into().ok()?);
    take(bytes, usize::try_from(length).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_read_again() {
        let mut bytes = Vec::new();
        put(&mut bytes, TEXT, "é".as_bytes());
        fixed(&mut bytes, INT, &(-5_i64).to_be_bytes());
        bytes.push(NULL);
        let mut rest = bytes.as_slice();
        assert_eq!(Cell::unpack(&mut rest), Some(Cell::Text("é".into())));
        assert_eq!(Cell::unpack(&mut rest), Some(Cell::Int(-5)));
        assert_eq!(Cell::unpack(&mut rest), Some(Cell::Null));
        assert_eq!(Cell::unpack(&mut rest), None);
    }

    #[test]
    fn a_moment_of_sqlite_is_one_of_postgres() {
        assert_eq!(
            micros("2000-01-01T00:00:00.000000Z"),
            Some(POSTGRES_EPOCH_MICROS)
        );
        assert_eq!(micros("2000-01-01T00:00:00Z"), None);
    }
}
