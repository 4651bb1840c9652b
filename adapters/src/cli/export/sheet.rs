//! In which form an export is written.

use std::io::Write;

use projections::query::Table;

use super::target::{Digested, Target};
use crate::{
    cli::render::{self, Row},
    failure::Failure,
};

/// A form that this program can write.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    JsonLines,
    Csv {
        header: bool,
    },
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Form {
    #[cfg(feature = "parquet")]
    #[expect(clippy::unnecessary_wraps, reason = "without the feature it can fail")]
    pub(super) const fn parquet() -> Result<Self, Failure> {
        Ok(Self::Parquet)
    }

    #[cfg(not(feature = "parquet"))]
    pub(super) fn parquet() -> Result<Self, Failure> {
        Err(Failure::Usage(
            "this payoutd was built without Parquet; build one with `cargo build --release -p \
             adapters --features parquet`, or export with --csv"
                .to_owned(),
        ))
    }
}

/// Rows on their way to a target.
pub(super) enum Sheet<'o> {
    JsonLines(Digested<'o>),
    /// With the columns' names.
    Csv(Box<csv::Writer<Digested<'o>>>, Vec<&'static str>),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::columnar::Columnar<'o>>),
}

impl<'o> Sheet<'o> {
    pub(super) fn begin(form: Form, table: Table, to: Digested<'o>) -> Result<Self, Failure> {
        match form {
            Form::JsonLines => Ok(Self::JsonLines(to)),
            Form::Csv { header } => {
                let headings = render::headings(table.columns());
                let mut sheet = csv::Writer::from_writer(to);
                if header {
                    sheet.write_record(&headings)?;
                }
                Ok(Self::Csv(Box::new(sheet), headings))
            }
            #[cfg(feature = "parquet")]
            Form::Parquet => super::columnar::Columnar::begin(table, to)
                .map(Box::new)
                .map(Self::Parquet),
        }
    }

    pub(super) fn write(&mut self, rows: &[Row]) -> Result<(), Failure> {
        match self {
            Self::JsonLines(to) => rows.iter().try_for_each(|row| {
                serde_json::to_writer(&mut *to, row)
                    .map_err(|error| Failure::output(error.into()))?;
                to.write_all(b"\n").map_err(Failure::output)
            }),
            Self::Csv(sheet, headings) => rows.iter().try_for_each(|row| {
                let record = render::record(headings, row);
                sheet.write_record(record).map_err(Failure::Csv)
            }),
            #[cfg(feature = "parquet")]
            Self::Parquet(sheet) => sheet.write(rows),
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Self::JsonLines(to) => to.flush().map_err(Failure::output),
            Self::Csv(sheet, _) => sheet.flush().map_err(Failure::output),
            // A group of rows is written when it is complete.
            #[cfg(feature = "parquet")]
            Self::Parquet(_) => Ok(()),
        }
    }

    fn target(&self) -> Option<&Target<'o>> {
        match self {
            Self::JsonLines(to) => Some(to.target()),
            Self::Csv(sheet, _) => Some(sheet.get_ref().target()),
            // Only ever a file.
            #[cfg(feature = "parquet")]
            Self::Parquet(_) => None,
        }
    }

    pub(super) fn is_stream(&self) -> bool {
        self.target().is_some_and(Target::is_stream)
    }

    pub(super) fn is_unread(&self) -> bool {
        self.target().is_some_and(Target::is_unread)
    }

    /// Completes the target; the digest of what was written there, in hexadecimal.
    pub(super) fn finish(self) -> Result<String, Failure> {
        match self {
            Self::JsonLines(to) => to.finish(),
            Self::Csv(sheet, _) => {
                let to = sheet
                    .into_inner()
                    .map_err(|error| Failure::output(error.into_error()))?;
                to.finish()
            }
            #[cfg(feature = "parquet")]
            Self::Parquet(sheet) => sheet.finish()?.finish(),
        }
    }
}
