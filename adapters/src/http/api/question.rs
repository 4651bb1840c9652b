//! What can be read: one table for the routes, the parameters they take, and their
//! description.

use projections::query::{By, Table};

/// The page's length and beginning.
const PAGE: [&str; 2] = ["limit", "cursor"];

/// When the rows are looked at.
pub(in crate::http) const AS_OF: &str = "as_of";

/// Something that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Question {
    /// Rows of a table.
    Rows(Table),
    /// One payout.
    Payout,
    /// What happened to one payout: its events.
    History,
}

impl Question {
    /// All there are.
    pub(in crate::http) fn all() -> impl Iterator<Item = Self> {
        let tables = Table::ALL.into_iter().map(Self::Rows);
        tables.chain([Self::Payout, Self::History])
    }

    /// Where it is asked.
    pub(in crate::http) fn path(self) -> String {
        match self {
            Self::Rows(table) => format!("/v1/{}", table.name()),
            Self::Payout => "/v1/payouts/{payout_id}".to_owned(),
            Self::History => "/v1/payouts/{payout_id}/history".to_owned(),
        }
    }

    /// The table its rows are of.
    pub(in crate::http) const fn table(self) -> Table {
        match self {
            Self::Rows(table) => table,
            Self::Payout => Table::Payouts,
            Self::History => Table::Events,
        }
    }

    /// Whether the path names a payout.
    pub(in crate::http) const fn is_of_a_payout(self) -> bool {
        matches!(self, Self::Payout | Self::History)
    }

    /// What it can be filtered by.
    pub(in crate::http) const fn filters(self) -> &'static [By] {
        match self {
            Self::Rows(table) => table.filtered_by(),
            Self::Payout => &[],
            Self::History => &[By::Since, By::Until],
        }
    }

    /// Whether the answer is a page of rows, with a cursor to the next.
    pub(in crate::http) const fn is_page(self) -> bool {
        matches!(self, Self::Rows(_) | Self::History)
    }

    /// Whether it can be asked as of a time.
    pub(in crate::http) const fn has_past(self) -> bool {
        match self {
            Self::Rows(table) => table.has_past(),
            Self::Payout => true,
            Self::History => false,
        }
    }

    /// The names of its parameters.
    pub(in crate::http) fn parameters(self) -> impl Iterator<Item = &'static str> {
        let page = PAGE.into_iter().filter(move |_| self.is_page());
        let past = self.has_past().then_some(AS_OF);
        self.filters()
            .iter()
            .map(|by| by.name())
            .chain(past)
            .chain(page)
    }
}
