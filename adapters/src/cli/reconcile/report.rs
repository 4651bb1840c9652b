//! Reports as files: CSV that is read by its header, line by line. What a line lacks or
//! gets wrong is told with its number, and the reading goes on.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use domain::money::{Currency, Money};
use indicatif::ProgressBar;
use time::{
    Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

use crate::{
    cli::{progress, render::plain},
    failure::Failure,
};

/// Some editors put it before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// How much of a text is shown where it is wrong, in characters.
const MOST_SHOWN: usize = 60;

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Its number in the file, from 1.
    pub(super) line: u64,
    /// What is wrong with it.
    pub(super) why: String,
}

/// A line of a report.
pub(super) struct Line<'r> {
    columns: &'r HashMap<String, usize>,
    record: &'r csv::ByteRecord,
}

/// Reads a report, and hands each line on. What the taker says against a line is kept.
pub(super) fn read(
    path: &Path,
    needed: &[&str],
    take: impl FnMut(&Line<'_>) -> Result<(), String>,
) -> Result<Vec<Unreadable>, Failure> {
    let progress = progress::bar("{bar:40} {bytes}/{total_bytes} read, {eta} left");
    let unreadable = read_from(open(path, &progress)?, needed, take).map_err(|trouble| {
        let path = path.to_owned();
        match trouble {
            Trouble::File(source) => Failure::File {
                action: "read",
                path,
                source,
            },
            Trouble::Header(problem) => Failure::Report { path, problem },
        }
    })?;
    progress.finish_and_clear();
    Ok(unreadable)
}

#[derive(Debug)]
enum Trouble {
    File(io::Error),
    Header(String),
}

impl From<csv::Error> for Trouble {
    fn from(error: csv::Error) -> Self {
        Self::File(error.into())
    }
}

fn read_from(
    source: impl Read,
    needed: &[&str],
    mut take: impl FnMut(&Line<'_>) -> Result<(), String>,
) -> Result<Vec<Unreadable>, Trouble> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
    let columns = columns(reader.byte_headers()?, needed).map_err(Trouble::Header)?;
    let width = reader.byte_headers()?.len();
    let mut unreadable = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        let line = Line {
            columns: &columns,
            record: &record,
        };
        let taken = if record.len() == width {
            take(&line)
        } else {
            let found = record.len();
            Err(format!("it has {found} fields, the header has {width}"))
        };
        if let Err(why) = taken {
            let line = record.position().map_or(0, csv::Position::line);
            unreadable.push(Unreadable { line, why });
        }
    }
    Ok(unreadable)
}

/// Where each column is. Those that are not known do not matter.
fn columns(header: &csv::ByteRecord, needed: &[&str]) -> Result<HashMap<String, usize>, String> {
    let mut columns = HashMap::new();
    let names: Vec<_> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name))
        .map(|name| name.trim_matches(BYTE_ORDER_MARK).trim().to_owned())
        .collect();
    for (at, name) in names.iter().enumerate() {
        if columns.insert(name.clone(), at).is_some() && needed.contains(&name.as_str()) {
            return Err(format!("column {name} is there twice"));
        }
    }
    let missing: Vec<_> = needed
        .iter()
        .copied()
        .filter(|name| !columns.contains_key(*name))
        .collect();
    if missing.is_empty() {
        return Ok(columns);
    }
    let found = shown(&names.join(", "), 600);
    let missing = missing.join(", ");
    Err(format!(
        "it has no column {missing}; its columns are: {found}"
    ))
}

impl Line<'_> {
    /// What a column holds; nothing if it is empty or not there.
    pub(super) fn get(&self, column: &str) -> Result<Option<&str>, String> {
        let Some(field) = self.columns.get(column).and_then(|at| self.record.get(*at)) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(field).map_err(|_| format!("{column} is not UTF-8"))?;
        Ok(Some(text.trim()).filter(|text| !text.is_empty()))
    }

    /// What a column holds, which may not be empty.
    pub(super) fn need(&self, column: &str) -> Result<&str, String> {
        self.get(column)?
            .ok_or_else(|| format!("{column} is empty"))
    }

    /// What a column holds, as a type that checks itself.
    pub(super) fn parse<'l, T, E: std::fmt::Display>(
        &'l self,
        column: &str,
        parse: impl FnOnce(&'l str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        let text = self.get(column)?;
        text.map(|text| parse(text).map_err(|error| wrong(column, text, error)))
            .transpose()
    }

    /// The same of a column that may not be empty.
    pub(super) fn parse_needed<'l, T, E: std::fmt::Display>(
        &'l self,
        column: &str,
        parse: impl FnOnce(&'l str) -> Result<T, E>,
    ) -> Result<T, String> {
        let text = self.need(column)?;
        parse(text).map_err(|error| wrong(column, text, error))
    }

    /// An amount in major units, of the currency of the line.
    pub(super) fn money(&self, column: &str) -> Result<Money, String> {
        let currency = self.parse_needed("currency", |code| {
            Currency::parse(&code.to_ascii_lowercase())
        })?;
        self.parse_needed(column, |text| Money::parse(text, currency))
    }

    /// A moment: of the column in UTC, or else of the one in the report's own time zone,
    /// which the file does not tell, taken for UTC.
    pub(super) fn moment(&self, column: &str) -> Result<Option<OffsetDateTime>, String> {
        match self.parse(&format!("{column}_utc"), moment)? {
            Some(moment) => Ok(Some(moment)),
            None => self.parse(column, moment),
        }
    }

    /// Whether there is such a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }
}

fn wrong(column: &str, text: &str, error: impl std::fmt::Display) -> String {
    format!("{column} {:?}: {error}", shown(text, MOST_SHOWN))
}

fn shown(text: &str, most: usize) -> String {
    plain(&text.chars().take(most).collect::<String>())
}

const MOMENTS: [&[BorrowedFormatItem<'_>]; 2] = [
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]"),
    format_description!("[year]-[month]-[day] [hour]:[minute]"),
];
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

fn moment(text: &str) -> Result<OffsetDateTime, &'static str> {
    let mut local = MOMENTS
        .iter()
        .filter_map(|format| PrimitiveDateTime::parse(text, format).ok());
    if let Some(moment) = local.next() {
        return Ok(moment.assume_utc());
    }
    if let Ok(day) = Date::parse(text, DAY) {
        return Ok(day.with_time(Time::MIDNIGHT).assume_utc());
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map(|moment| moment.to_offset(UtcOffset::UTC))
        .map_err(|_| "not a time such as 2026-11-25 10:00:00")
}

/// Whether a file stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn open(path: &Path, progress: &ProgressBar) -> Result<Box<dyn Read>, Failure> {
    if is_stdin(path) {
        return Ok(Box::new(progress.wrap_read(io::stdin())));
    }
    let unreadable = |source| Failure::File {
        action: "read",
        path: PathBuf::from(path),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    progress.set_length(file.metadata().map_err(unreadable)?.len());
    Ok(Box::new(progress.wrap_read(file)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Reads a text as a report.
    pub(in crate::cli::reconcile) fn lines(
        text: &str,
        needed: &[&str],
        take: impl FnMut(&Line<'_>) -> Result<(), String>,
    ) -> Result<Vec<Unreadable>, String> {
        read_from(text.as_bytes(), needed, take).map_err(|trouble| match trouble {
            Trouble::File(error) => error.to_string(),
            Trouble::Header(problem) => problem,
        })
    }

    fn amounts(text: &str) -> (Vec<String>, Vec<(u64, String)>) {
        let mut amounts = Vec::new();
        let unreadable = lines(text, &["gross", "currency"], |line| {
            amounts.push(line.money("gross")?.to_string());
            Ok(())
        });
        let unreadable = unreadable.unwrap_or_default();
        let told = unreadable.into_iter().map(|one| (one.line, one.why));
        (amounts, told.collect())
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_and_others_ignored() {
        for text in [
            "gross,currency\n1.50,usd\n",
            "note,currency,gross\nx,usd,1.50\n",
            "\"currency\",\"gross\"\r\n\"usd\",\"1.50\"\r\n",
            "\u{feff}gross,currency\n1.50,USD\n",
            "\u{feff}\"gross\",\"currency\"\n\"1.50\",\" usd \"",
            "gross,currency\n\n1.50,usd\n\n",
        ] {
            assert_eq!(
                amounts(text),
                (vec!["1.50 usd".to_owned()], vec![]),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_missing_column_is_named_with_those_that_are_there() {
        let told = lines("id,amount\n1,2\n", &["payout_id", "gross"], |_| Ok(()));
        let told = told.unwrap_err();
        assert_eq!(
            told,
            "it has no column payout_id, gross; its columns are: id, amount"
        );
        assert!(
            lines("", &["gross"], |_| Ok(()))
                .unwrap_err()
                .contains("no column gross")
        );
        let twice = lines("gross,gross\n1,2\n", &["gross"], |_| Ok(()));
        assert_eq!(twice.unwrap_err(), "column gross is there twice");
    }

    #[test]
    fn amounts_that_are_not_plain_are_refused_with_their_line() {
        for (amount, currency) in [
            ("\"1,000.00\"", "usd"),
            ("1.000,00", "usd"),
            ("1.005", "usd"),
            ("1.0", "jpy"),
            ("$1", "usd"),
            ("1e3", "usd"),
            ("+1", "usd"),
            ("", "usd"),
            ("1", "zzz"),
            ("1", ""),
            ("99999999999999999999", "usd"),
            ("1\u{1b}[2J", "usd"),
        ] {
            let text = format!("gross,currency\n2.00,usd\n{amount},{currency}\n3.00,usd\n");
            let (amounts, unreadable) = amounts(&text);
            // A decimal comma makes one field more, and is told as that.
            assert_eq!(amounts, ["2.00 usd", "3.00 usd"], "{text:?}");
            assert_eq!(unreadable.len(), 1, "{text:?}: {unreadable:?}");
            assert_eq!(unreadable[0].0, 3, "{text:?}");
            assert!(!unreadable[0].1.contains('\u{1b}'), "{unreadable:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_spoil_only_their_line() {
        let bytes: &[u8] = b"gross,currency\n1,usd\n\xff,usd\n2,usd\n";
        let mut seen = 0;
        let unreadable = read_from(bytes, &["gross"], |line| {
            line.money("gross")?;
            seen += 1;
            Ok(())
        });
        let unreadable = unreadable.unwrap();
        assert_eq!((seen, unreadable.len(), unreadable[0].line), (2, 1, 3));
    }

    #[test]
    fn times_of_reports_are_read_in_utc_first() {
        let read = |text: &str| {
            let mut found = None;
            let unreadable = lines(text, &[], |line| {
                found = line.moment("at")?;
                Ok(())
            });
            (
                found.map(OffsetDateTime::unix_timestamp),
                unreadable.unwrap().len(),
            )
        };
        let at = Some(1_767_225_600);
        assert_eq!(read("at\n2026-01-01 00:00:00\n"), (at, 0));
        assert_eq!(read("at\n2026-01-01\n"), (at, 0));
        assert_eq!(read("at\n2026-01-01 00:00\n"), (at, 0));
        assert_eq!(read("at\n2026-01-01T02:00:00+02:00\n"), (at, 0));
        assert_eq!(
            read("at,at_utc\n2025-12-31 19:00:00,2026-01-01 00:00:00\n"),
            (at, 0)
        );
        assert_eq!(read("at,at_utc\n2026-01-01,\n"), (at, 0));
        assert_eq!(read("other\nx\n"), (None, 0));
        assert_eq!(read("at\nyesterday\n"), (None, 1));
    }
}
