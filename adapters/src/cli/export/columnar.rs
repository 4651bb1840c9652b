//! An export as Parquet, without Arrow: groups of rows, column by column.
//!
//! Minor units are 64-bit integers; the same as money are decimals of three places, which
//! hold every currency's. Times are microseconds in UTC; ids and JSON are text.

use std::sync::Arc;

use parquet::{
    basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{
        BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType,
        Int64Type,
    },
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};
use projections::query::{Kind, Table};
use serde_json::Value as Json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::target::Digested;
use crate::{cli::render::Row, failure::Failure};

/// Rows in a group: all of them are in memory until it is written.
const GROUP: usize = 20_000;
/// Places of a decimal, and the digits and bytes it has in all.
const SCALE: usize = 3;
const PRECISION: i32 = 38;
const DECIMAL_BYTES: i32 = 16;

/// A file that is being written.
pub(super) struct Columnar<'o> {
    file: SerializedFileWriter<Digested<'o>>,
    columns: Vec<(String, Holds)>,
    group: Vec<Row>,
}

/// What a column of the file holds.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Text,
    Int,
    Decimal,
    Flag,
    Moment,
}

impl<'o> Columnar<'o> {
    pub(super) fn begin(table: Table, to: Digested<'o>) -> Result<Self, Failure> {
        let mut columns = Vec::new();
        for (name, kind) in table.kinds() {
            let holds = match kind {
                Kind::Text | Kind::Uuid | Kind::Json => Holds::Text,
                Kind::Int | Kind::Minor | Kind::OwnMinor => Holds::Int,
                Kind::Flag => Holds::Flag,
                Kind::Time => Holds::Moment,
            };
            columns.push((name.to_owned(), holds));
            let money = name.strip_suffix("_minor");
            columns.extend(money.map(|name| (name.to_owned(), Holds::Decimal)));
        }
        let fields = columns.iter().map(|(name, holds)| field(name, *holds));
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder(table.name())
            .with_fields(fields)
            .build()
            .map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let file = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties));
        Ok(Self {
            file: file.map_err(failed)?,
            columns,
            group: Vec::with_capacity(GROUP),
        })
    }

    pub(super) fn write(&mut self, rows: &[Row]) -> Result<(), Failure> {
        self.group.extend_from_slice(rows);
        if self.group.len() >= GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), Failure> {
        let mut group = self.file.next_row_group().map_err(failed)?;
        for (name, holds) in &self.columns {
            let Some(mut column) = group.next_column().map_err(failed)? else {
                break;
            };
            write_column(&mut column, &self.group, name, *holds)?;
            column.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        self.group.clear();
        Ok(())
    }

    /// Writes what is left, and the file's end.
    pub(super) fn finish(mut self) -> Result<Digested<'o>, Failure> {
        if !self.group.is_empty() {
            self.write_group()?;
        }
        self.file.into_inner().map_err(failed)
    }
}

fn field(name: &str, holds: Holds) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match holds {
        Holds::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Holds::Int => (Physical::INT64, None),
        Holds::Flag => (Physical::BOOLEAN, None),
        Holds::Moment => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
        ),
        Holds::Decimal => {
            let builder = Type::primitive_type_builder(name, Physical::FIXED_LEN_BYTE_ARRAY)
                .with_repetition(Repetition::OPTIONAL)
                .with_length(DECIMAL_BYTES)
                .with_converted_type(ConvertedType::DECIMAL)
                .with_precision(PRECISION)
                .with_scale(i32::try_from(SCALE).unwrap_or_default());
            return builder.build().map(Arc::new);
        }
    };
    let builder = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    builder.build().map(Arc::new)
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    rows: &[Row],
    name: &str,
    holds: Holds,
) -> Result<(), Failure> {
    let cells = rows.iter().map(|row| row.get(name).unwrap_or(&Json::Null));
    match holds {
        Holds::Text => fill::<ByteArrayType>(column, cells.map(text)),
        Holds::Int => fill::<Int64Type>(column, cells.map(Json::as_i64)),
        Holds::Flag => fill::<BoolType>(column, cells.map(Json::as_bool)),
        Holds::Moment => fill::<Int64Type>(column, cells.map(micros)),
        Holds::Decimal => fill::<FixedLenByteArrayType>(column, cells.map(decimal)),
    }
}

/// Values that are there, and a level for each row: 1 for a value, 0 for none.
fn fill<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), Failure> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    let written = column
        .typed::<T>()
        .write_batch(&values, Some(&levels), None);
    written.map(|_| ()).map_err(failed)
}

fn text(cell: &Json) -> Option<ByteArray> {
    match cell {
        Json::Null => None,
        Json::String(text) => Some(ByteArray::from(text.as_str())),
        json => Some(ByteArray::from(json.to_string().into_bytes())),
    }
}

fn micros(cell: &Json) -> Option<i64> {
    let moment = OffsetDateTime::parse(cell.as_str()?, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos() / 1000).ok()
}

/// The amount of money as an integer of thousandths, big-endian.
fn decimal(cell: &Json) -> Option<FixedLenByteArray> {
    let amount = cell.get("amount")?.as_str()?;
    let (whole, places) = amount.split_once('.').unwrap_or((amount, ""));
    let thousandths: i128 = format!("{whole}{places:0<SCALE$}").parse().ok()?;
    Some(ByteArray::from(thousandths.to_be_bytes().to_vec()).into())
}

fn failed(error: ParquetError) -> Failure {
    Failure::output(std::io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{decimal, micros};

    #[test]
    fn money_of_every_exponent_is_thousandths() {
        let of = |amount: &str| {
            let bytes = decimal(&json!({"amount": amount, "currency": "usd"})).unwrap();
            i128::from_be_bytes(bytes.data().try_into().unwrap())
        };
        assert_eq!(of("12.34"), 12_340);
        assert_eq!(of("-0.05"), -50);
        assert_eq!(of("1.005"), 1_005);
        assert_eq!(of("9223372036854775807"), 9_223_372_036_854_775_807_000);
    }

    #[test]
    fn moments_are_microseconds() {
        assert_eq!(micros(&json!("1970-01-01T00:00:01.5Z")), Some(1_500_000));
        assert_eq!(micros(&json!(null)), None);
    }
}
