//! Parquet files, read back by another reader than the one that wrote them would need: the
//! columns are typed, and hold what JSON lines hold.

use parquet::{
    basic::Type as Physical,
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row},
};
use serde_json::{Value, json};
use support::{Generator, Shape};

use super::Books;

/// A field as JSON lines have it.
fn told(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => json!(flag),
        Field::Long(number) => json!(number),
        Field::Str(text) => json!(text),
        Field::TimestampMicros(micros) => json!({ "micros": micros }),
        Field::Decimal(decimal) => {
            let bytes = decimal.data().try_into().expect("16 bytes");
            json!({ "thousandths": i128::from_be_bytes(bytes).to_string() })
        }
        other => panic!("a column holds {other:?}"),
    }
}

/// A value of JSON lines as the file has it.
fn wanted(value: &Value) -> Value {
    if let Some(amount) = value.get("amount").and_then(Value::as_str) {
        let (whole, places) = amount.split_once('.').unwrap_or((amount, ""));
        let digits: i128 = format!("{whole}{places:0<3}").parse().expect("digits");
        return json!({ "thousandths": digits.to_string() });
    }
    match value {
        Value::Object(_) | Value::Array(_) => json!(value.to_string()),
        Value::String(text) if is_moment(text) => {
            let format = &time::format_description::well_known::Rfc3339;
            let moment = time::OffsetDateTime::parse(text, format).expect("a moment");
            json!({ "micros": moment.unix_timestamp_nanos() / 1000 })
        }
        value => value.clone(),
    }
}

fn is_moment(text: &str) -> bool {
    text.len() > 19 && text.as_bytes()[10] == b'T' && text.ends_with('Z')
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parquet_holds_what_json_lines_hold() {
    for books in Books::each().await {
        let database = books.database().await;
        let mut generator = Generator::new(5, Shape::small());
        let ledger = generator.ledger(database.clone());
        generator.run(&ledger, 1500).await;
        ledger.close().await;
        database.close().await;
        for table in projections::query::Table::NAMES {
            let folder = tempfile::TempDir::new().expect("a folder");
            let file = folder.path().join("table.parquet");
            let name = file.to_str().expect("text");
            books.export(&[table, "--parquet", name]).await;
            let lines = books.export(&[table]).await.stdout;
            let file = std::fs::File::open(&file).expect("the file");
            let reader = SerializedFileReader::new(file).expect("a Parquet file");
            let rows: Vec<Row> = reader
                .get_row_iter(None)
                .expect("rows")
                .map(|row| row.expect("a row"))
                .collect();
            assert_eq!(rows.len(), lines.lines().count(), "{table}");
            assert!(!rows.is_empty(), "{table}");
            for (row, line) in rows.iter().zip(lines.lines()) {
                let line: serde_json::Map<String, Value> =
                    serde_json::from_str(line).expect("JSON");
                let columns = row.get_column_iter();
                let held: Vec<_> = columns.map(|(name, field)| (name, told(field))).collect();
                let said = line.iter().map(|(name, value)| (name, wanted(value)));
                assert_eq!(held, said.collect::<Vec<_>>(), "{table}");
            }
            typed(&reader);
        }
    }
}

fn typed(reader: &SerializedFileReader<std::fs::File>) {
    let metadata = reader.metadata().file_metadata();
    for column in metadata.schema_descr().columns() {
        let physical = column.physical_type();
        if column.name().ends_with("_minor") || column.name().ends_with("_at") {
            assert_eq!(physical, Physical::INT64, "{}", column.name());
        }
    }
}
