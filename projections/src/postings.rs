//! `postings`: the books, line by line.

use domain::postings::Posting;
use store::{BulkRow, Columns, Kind, Recorded, StoreError};
use time::OffsetDateTime;

use crate::{
    change::{Script, int},
    statements,
};

struct Line<'e> {
    tenant: &'e str,
    position: i64,
    line: i64,
    posting: Posting,
    recorded_at: OffsetDateTime,
}

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// Adds the lines of some events.
pub(crate) fn script(script: &mut Script, events: &[Recorded]) -> Result<(), StoreError> {
    let lines: Vec<_> = events.iter().flat_map(lines).collect();
    script.add(&statements::INSERT_POSTINGS, &lines)
}

fn lines(recorded: &Recorded) -> impl Iterator<Item = Line<'_>> {
    let postings = domain::postings::postings(&recorded.event);
    (1..).zip(postings).map(|(line, posting)| Line {
        tenant: recorded.tenant.as_str(),
        position: recorded.position(),
        line: int::<u64>(line),
        posting,
        recorded_at: recorded.recorded_at,
    })
}

impl BulkRow for Line<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.tenant)
            .int(self.position)
            .int(self.line)
            .text(&self.posting.account)
            .int(self.posting.amount.minor())
            .text(self.posting.currency.as_str())
            .time(self.recorded_at);
    }
}
