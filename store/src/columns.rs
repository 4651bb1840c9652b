//! Many rows for one statement.
//!
//! On PostgreSQL each column is bound as one array, in order: `$1::text[]`, …,
//! for `unnest`. On the others rows are bound as JSON: a group is a list of rows, each a
//! list of values. On SQLite all groups are one document, `?1`, for `json_each(?1, '$[0]')`
//! and `value ->> 0`. On MariaDB each is one, `?1`, `?2`, …, for
//! `JSON_TABLE(?1, '$[*]' COLUMNS (…))`: what a statement does not read costs it time all the
//! same, to be sent and to be skipped. Bytes are hexadecimal on both (`unhex`).

use serde_json::Value as Json;
use sqlx::{
    Arguments, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo, types::Oid},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    database::Backend,
    row::{mariadb_time, sqlite_time},
};

/// A row that can be written together with many of its kind.
pub trait BulkRow {
    /// The kinds of its columns, in order.
    const KINDS: &'static [Kind];
    /// Adds the row's values: one for each column, in order.
    fn write<'a>(&'a self, columns: &mut Columns<'a>);
}

/// What a column holds. Every value may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `text[]`
    Text,
    /// `bigint[]`
    Int,
    /// `boolean[]`
    Flag,
    /// `timestamptz[]`
    Time,
    /// `uuid[]`
    Uuid,
    /// `bytea[]`
    Bytes,
    /// `json[]`, never missing: texts that are JSON. Sent as what it is, for a cast of a
    /// text copies it twice.
    Json,
    /// `text[]`, never missing. On PostgreSQL sent once if it is the same in all rows: the
    /// statement says `COALESCE(p.tenant, ($1::text[])[1])`, for `unnest` fills up with nulls.
    Tenant,
    /// `timestamptz[]`, never missing, and sent once like a tenant.
    Now,
}

#[derive(Debug)]
enum Column<'a> {
    Text(Vec<Option<&'a str>>),
    Int(Vec<Option<i64>>),
    Flag(Vec<Option<bool>>),
    Time(Vec<Option<OffsetDateTime>>),
    Uuid(Vec<Option<Uuid>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

/// One group of rows, column by column.
#[derive(Debug)]
pub struct Columns<'a> {
    kinds: &'static [Kind],
    columns: Vec<Column<'a>>,
    next: usize,
    rows: usize,
}

macro_rules! push {
    ($self:ident, $variant:ident, $value:expr) => {{
        let column = $self.columns.get_mut($self.next);
        debug_assert!(
            matches!(column, Some(Column::$variant(_))),
            "column {} is not of the kind its row declares",
            $self.next
        );
        if let Some(Column::$variant(values)) = column {
            values.push($value);
        }
        $self.next += 1;
        $self
    }};
}

impl<'a> Columns<'a> {
    /// Collects rows.
    #[must_use]
    pub fn of<R: BulkRow>(rows: &'a [R]) -> Self {
        let column = |kind: &Kind| match kind {
            Kind::Text | Kind::Tenant | Kind::Json => Column::Text(Vec::with_capacity(rows.len())),
            Kind::Int => Column::Int(Vec::with_capacity(rows.len())),
            Kind::Flag => Column::Flag(Vec::with_capacity(rows.len())),
            Kind::Time | Kind::Now => Column::Time(Vec::with_capacity(rows.len())),
            Kind::Uuid => Column::Uuid(Vec::with_capacity(rows.len())),
            Kind::Bytes => Column::Bytes(Vec::with_capacity(rows.len())),
        };
        let mut columns = Self {
            kinds: R::KINDS,
            columns: R::KINDS.iter().map(column).collect(),
            next: 0,
            rows: 0,
        };
        for row in rows {
            columns.next = 0;
            row.write(&mut columns);
            columns.rows += 1;
        }
        columns
    }

    /// Adds a text.
    pub fn text(&mut self, value: &'a str) -> &mut Self {
        push!(self, Text, Some(value))
    }

    /// Adds a text or nothing.
    pub fn opt_text(&mut self, value: Option<&'a str>) -> &mut Self {
        push!(self, Text, value)
    }

    /// Adds a number.
    pub fn int(&mut self, value: i64) -> &mut Self {
        push!(self, Int, Some(value))
    }

    /// Adds a number or nothing.
    pub fn opt_int(&mut self, value: Option<i64>) -> &mut Self {
        push!(self, Int, value)
    }

    /// Adds yes or no.
    pub fn flag(&mut self, value: bool) -> &mut Self {
        push!(self, Flag, Some(value))
    }

    /// Adds yes, no or nothing.
    pub fn opt_flag(&mut self, value: Option<bool>) -> &mut Self {
        push!(self, Flag, value)
    }

    /// Adds a moment.
    pub fn time(&mut self, value: OffsetDateTime) -> &mut Self {
        push!(self, Time, Some(value))
    }

    /// Adds a moment or nothing.
    pub fn opt_time(&mut self, value: Option<OffsetDateTime>) -> &mut Self {
        push!(self, Time, value)
    }

    /// Adds a UUID.
    pub fn uuid(&mut self, value: Uuid) -> &mut Self {
        push!(self, Uuid, Some(value))
    }

    /// Adds a UUID or nothing.
    pub fn opt_uuid(&mut self, value: Option<Uuid>) -> &mut Self {
        push!(self, Uuid, value)
    }

    /// Adds bytes.
    pub fn bytes(&mut self, value: &'a [u8]) -> &mut Self {
        push!(self, Bytes, Some(value))
    }

    pub(crate) fn bind_postgres(&self, arguments: &mut PgArguments) -> Result<(), sqlx::Error> {
        for (kind, column) in self.kinds.iter().zip(&self.columns) {
            match column {
                Column::Text(values) if *kind == Kind::Tenant => arguments.add(once(values)),
                Column::Text(values) if *kind == Kind::Json => arguments.add(json(values)),
                Column::Text(values) => arguments.add(present(values)),
                Column::Int(values) => arguments.add(present(values)),
                Column::Flag(values) => arguments.add(present(values)),
                Column::Time(values) if *kind == Kind::Now => arguments.add(once(values)),
                Column::Time(values) => arguments.add(present(values)),
                Column::Uuid(values) => arguments.add(present(values)),
                Column::Bytes(values) => arguments.add(present(values)),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(())
    }

    pub(crate) fn to_json(&self, backend: Backend) -> Json {
        let time = match backend {
            Backend::MariaDb => mariadb_time,
            Backend::Postgres | Backend::Sqlite => sqlite_time,
        };
        let row = |index: usize| -> Json {
            self.columns
                .iter()
                .map(|column| match column {
                    Column::Text(values) => Json::from(values[index]),
                    Column::Int(values) => Json::from(values[index]),
                    Column::Flag(values) => Json::from(values[index].map(i64::from)),
                    Column::Time(values) => Json::from(values[index].map(time)),
                    Column::Uuid(values) => Json::from(values[index].map(|id| id.to_string())),
                    Column::Bytes(values) => Json::from(values[index].map(hex::encode)),
                })
                .collect()
        };
        (0..self.rows).map(row).collect()
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// `unnest` fills shorter arrays up with nulls: a column without any value need not be
/// sent, nor unpacked.
fn present<T>(values: &[Option<T>]) -> &[Option<T>] {
    if values.iter().all(Option::is_none) {
        &[]
    } else {
        values
    }
}

/// The first value alone, if it stands for all.
fn once<T: PartialEq>(values: &[T]) -> &[T] {
    match values {
        [first, others @ ..] if others.iter().all(|other| other == first) => &values[..1],
        _ => values,
    }
}

/// PostgreSQL's numbers of `json` and `json[]`, the same in every version (its `pg_type.dat`).
const JSON: Oid = Oid(114);
const JSON_ARRAY: Oid = Oid(199);

/// A text that is JSON, sent as such. sqlx's own type takes values and writes them anew.
struct JsonText<'a>(&'a str);

impl Type<Postgres> for JsonText<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(JSON)
    }
}

impl PgHasArrayType for JsonText<'_> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(JSON_ARRAY)
    }
}

impl Encode<'_, Postgres> for JsonText<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <&str as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

fn json<'a>(values: &[Option<&'a str>]) -> Vec<Option<JsonText<'a>>> {
    values.iter().map(|value| value.map(JsonText)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_without_a_value_is_not_sent() {
        assert_eq!(present::<i64>(&[None, None]), &[]);
        assert_eq!(present(&[None, Some(1)]), &[None, Some(1)]);
    }

    #[test]
    fn a_value_that_all_rows_share_is_sent_once() {
        assert_eq!(once(&["a", "a", "a"]), &["a"]);
        assert_eq!(once(&["a", "a", "b"]), &["a", "a", "b"]);
        assert_eq!(once::<&str>(&[]), &[] as &[&str]);
    }
}
