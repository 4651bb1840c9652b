//! What can be read: one table for the routes, the parameters they take, and their
//! description.

use projections::query::{By, Table};

use super::copies::FORMAT;

/// When the books are looked at.
pub(in crate::http) const AS_OF: &str = "as_of";
/// In which order rows come.
pub(in crate::http) const ORDER: &str = "order";
/// The page's length and beginning.
const PAGE: [&str; 2] = ["limit", "cursor"];

/// Something that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Question {
    /// Rows of a table.
    Rows(Table),
    /// One payout.
    Payout,
    /// What happened to one payout: its events.
    History,
    /// All there is to say of one payout.
    Explain,
    /// The sums of all accounts.
    TrialBalance,
    /// What moved a seller's money.
    Statement,
}

impl Question {
    /// All there are.
    pub(in crate::http) fn all() -> impl Iterator<Item = Self> {
        let tables = Table::ALL.into_iter().map(Self::Rows);
        tables.chain([
            Self::Payout,
            Self::History,
            Self::Explain,
            Self::TrialBalance,
            Self::Statement,
        ])
    }

    /// Where it is asked.
    pub(in crate::http) fn path(self) -> String {
        match self {
            Self::Rows(table) => format!("/v1/{}", table.name()),
            Self::Payout => "/v1/payouts/{payout_id}".to_owned(),
            Self::History => "/v1/payouts/{payout_id}/history".to_owned(),
            Self::Explain => "/v1/payouts/{payout_id}/explain".to_owned(),
            Self::TrialBalance => "/v1/trial-balance".to_owned(),
            Self::Statement => "/v1/sellers/{seller_id}/statement".to_owned(),
        }
    }

    /// What the path names, as the filter calls it.
    pub(in crate::http) const fn named(self) -> Option<By> {
        match self {
            Self::Rows(_) | Self::TrialBalance => None,
            Self::Payout | Self::History | Self::Explain => Some(By::Payout),
            Self::Statement => Some(By::Seller),
        }
    }

    /// What it can be filtered by besides.
    pub(in crate::http) const fn filters(self) -> &'static [By] {
        match self {
            Self::Rows(table) => table.filtered_by(),
            Self::Payout | Self::Explain => &[],
            Self::History => &[By::Since, By::Until],
            Self::TrialBalance => &[By::Seller, By::Currency],
            Self::Statement => &[By::Currency, By::Since, By::Until],
        }
    }

    /// The statuses that rows can be filtered by.
    pub(in crate::http) const fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Rows(table) => table.statuses(),
            Self::Payout | Self::History | Self::Explain | Self::TrialBalance | Self::Statement => {
                &[]
            }
        }
    }

    /// Whether the answer is a page of rows, with a cursor to the next.
    pub(in crate::http) const fn is_page(self) -> bool {
        matches!(self, Self::Rows(_) | Self::History)
    }

    /// Whether all rows can be had at once, as a copy to keep.
    pub(in crate::http) const fn is_list(self) -> bool {
        matches!(self, Self::Rows(_))
    }

    /// Whether the newest can come first.
    pub(in crate::http) const fn has_newest(self) -> bool {
        matches!(self, Self::Rows(table) if table.has_newest())
    }

    /// Whether it can be asked as of a time.
    pub(in crate::http) const fn has_past(self) -> bool {
        match self {
            Self::Rows(table) => table.has_past(),
            Self::Payout | Self::TrialBalance => true,
            Self::History | Self::Explain | Self::Statement => false,
        }
    }

    /// The names of its parameters behind the `?`.
    pub(in crate::http) fn parameters(self) -> impl Iterator<Item = &'static str> {
        let page = PAGE.into_iter().filter(move |_| self.is_page());
        let past = self.has_past().then_some(AS_OF);
        let filters = self.filters().iter().map(|by| by.name());
        let order = self.has_newest().then_some(ORDER);
        let copy = self.is_list().then_some(FORMAT);
        filters.chain(past).chain(order).chain(page).chain(copy)
    }
}
