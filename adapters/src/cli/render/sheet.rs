//! Rows as CSV that is safe to open in a spreadsheet.

use super::{Row, record};
use crate::{cli::output::Output, failure::Failure};

/// Prints a header and the rows.
pub(super) fn print(headings: &[&str], rows: &[Row], out: &mut Output) -> Result<(), Failure> {
    let mut sheet = csv::Writer::from_writer(out);
    sheet.write_record(headings)?;
    for row in rows {
        sheet.write_record(record(headings, row))?;
    }
    sheet.flush().map_err(Failure::output)
}
