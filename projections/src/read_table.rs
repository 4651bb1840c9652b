//! The read tables as wholes: their columns, keys, and who writes them. What is built
//! anew or compared is listed here, and nowhere else.

use store::{Cell, Kind, Row, Sql, StoreError};

use crate::{follower::Followed, statements};

/// A read table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReadTable {
    /// Sellers.
    Sellers,
    /// Payouts.
    Payouts,
    /// The transactions inside payouts.
    PayoutItems,
    /// What sellers are owed, and owe.
    Transactions,
    /// Transfers to sellers' accounts.
    Transfers,
    /// What each seller is owed in each currency.
    Balances,
    /// The books, line by line.
    Postings,
    /// Each day's sums.
    DailyRollups,
}

/// A table's name, columns, how many of the first ones are its key, and its scan.
struct Shape {
    name: &'static str,
    columns: &'static [(&'static str, Kind)],
    key: usize,
    scan: &'static Sql,
}

impl ReadTable {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Sellers,
        Self::Payouts,
        Self::PayoutItems,
        Self::Transactions,
        Self::Transfers,
        Self::Balances,
        Self::Postings,
        Self::DailyRollups,
    ];

    /// The table of a name, as SQL has it or with hyphens.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The table's name in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.shape().name
    }

    /// Its columns and what they hold, the key first.
    #[must_use]
    pub fn columns(self) -> &'static [(&'static str, Kind)] {
        self.shape().columns
    }

    /// Reads all of it, of the tenant `$1` or of all.
    #[must_use]
    pub fn scan(self) -> &'static Sql {
        self.shape().scan
    }

    /// What writes it as it follows the log; nothing if it is written together with its
    /// events.
    pub(crate) const fn follower(self) -> Option<Followed> {
        match self {
            Self::Postings => Some(Followed::Postings),
            Self::DailyRollups => Some(Followed::DailyRollups),
            Self::Sellers
            | Self::Payouts
            | Self::PayoutItems
            | Self::Transactions
            | Self::Transfers
            | Self::Balances => None,
        }
    }

    /// The name of its checkpoint, if it follows the log.
    #[must_use]
    pub fn checkpoint(self) -> Option<&'static str> {
        self.follower().map(Followed::name)
    }

    /// Puts a row's bytes into `out`; how many of them are the key.
    pub(crate) fn pack(self, row: &Row, out: &mut Vec<u8>) -> Result<usize, StoreError> {
        let Shape { columns, key, .. } = self.shape();
        out.clear();
        let mut end = 0;
        for (index, (column, kind)) in columns.iter().enumerate() {
            row.pack(column, *kind, out)?;
            if index + 1 == key {
                end = out.len();
            }
        }
        Ok(end)
    }

    /// What people call the row with these values.
    pub(crate) fn describe(self, cells: &[Cell]) -> String {
        let part = |index: usize| cells.get(index).map_or_else(String::new, readable);
        match self {
            Self::Sellers => format!("seller {}", part(1)),
            Self::Payouts => format!("payout {}", part(1)),
            Self::PayoutItems => format!("item {} of payout {}", part(2), part(1)),
            Self::Transactions => format!("transaction {}", part(1)),
            Self::Transfers => format!("transfer {}", part(1)),
            Self::Balances => format!("balance of {} in {}", part(1), part(2)),
            Self::Postings => format!("line {} of event {}", part(2), part(1)),
            Self::DailyRollups => format!("sums of {} in {} on {}", part(2), part(3), part(1)),
        }
    }

    const fn shape(self) -> Shape {
        let (name, columns, key, scan) = match self {
            Self::Sellers => ("sellers", SELLERS, 2, &statements::SCAN_SELLERS),
            Self::Payouts => ("payouts", PAYOUTS, 2, &statements::SCAN_PAYOUTS),
            Self::PayoutItems => (
                "payout_items",
                PAYOUT_ITEMS,
                3,
                &statements::SCAN_PAYOUT_ITEMS,
            ),
            Self::Transactions => (
                "transactions",
                TRANSACTIONS,
                2,
                &statements::SCAN_TRANSACTIONS,
            ),
            Self::Transfers => ("transfers", TRANSFERS, 2, &statements::SCAN_TRANSFERS),
            Self::Balances => ("balances", BALANCES, 3, &statements::SCAN_BALANCES),
            Self::Postings => ("postings", POSTINGS, 3, &statements::SCAN_POSTINGS),
            Self::DailyRollups => (
                "daily_rollups",
                DAILY_ROLLUPS,
                4,
                &statements::SCAN_DAILY_ROLLUPS,
            ),
        };
        Shape {
            name,
            columns,
            key,
            scan,
        }
    }
}

fn readable(cell: &Cell) -> String {
    match cell.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

const SELLERS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("seller_id", Kind::Text),
    ("stripe_account", Kind::Text),
    ("payout_schedule", Kind::Text),
    ("minimum_payout_minor", Kind::Int),
    ("minimum_payout_currency", Kind::Text),
    ("registered_at", Kind::Time),
    ("updated_at", Kind::Time),
    ("version", Kind::Int),
];

const PAYOUTS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("payout_id", Kind::Uuid),
    ("seller_id", Kind::Text),
    ("status", Kind::Text),
    ("amount_minor", Kind::Int),
    ("currency", Kind::Text),
    ("item_count", Kind::Int),
    ("origin", Kind::Text),
    ("stripe_payout_id", Kind::Text),
    ("method", Kind::Text),
    ("description", Kind::Text),
    ("arrival_date", Kind::Time),
    ("failure_code", Kind::Text),
    ("failure_message", Kind::Text),
    ("requested_at", Kind::Time),
    ("paid_at", Kind::Time),
    ("updated_at", Kind::Time),
    ("version", Kind::Int),
    ("held_up", Kind::Text),
];

const PAYOUT_ITEMS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("payout_id", Kind::Uuid),
    ("transaction_id", Kind::Text),
    ("amount_minor", Kind::Int),
    ("currency", Kind::Text),
    ("transfer_id", Kind::Text),
    ("returned", Kind::Flag),
];

const TRANSACTIONS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("transaction_id", Kind::Text),
    ("seller_id", Kind::Text),
    ("kind", Kind::Text),
    ("status", Kind::Text),
    ("blocked", Kind::Flag),
    ("payed_out", Kind::Flag),
    ("gross_minor", Kind::Int),
    ("fee_minor", Kind::Int),
    ("net_minor", Kind::Int),
    ("currency", Kind::Text),
    ("payment_intent", Kind::Text),
    ("order_id", Kind::Text),
    ("payout_id", Kind::Uuid),
    ("available_on", Kind::Time),
    ("actual_release_date", Kind::Time),
    ("updated_at", Kind::Time),
    ("transfer_id", Kind::Text),
    ("linked", Kind::Flag),
    ("payout_changed_at", Kind::Time),
];

const TRANSFERS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("transfer_id", Kind::Text),
    ("seller_id", Kind::Text),
    ("status", Kind::Text),
    ("amount_minor", Kind::Int),
    ("reversed_minor", Kind::Int),
    ("currency", Kind::Text),
    ("transaction_id", Kind::Text),
    ("payout_id", Kind::Uuid),
    ("updated_at", Kind::Time),
];

const BALANCES: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("seller_id", Kind::Text),
    ("currency", Kind::Text),
    ("pending_minor", Kind::Int),
    ("available_minor", Kind::Int),
    ("reserved_minor", Kind::Int),
    ("paid_out_minor", Kind::Int),
    ("version", Kind::Int),
    ("updated_at", Kind::Time),
];

const POSTINGS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("position", Kind::Int),
    ("line", Kind::Int),
    ("account", Kind::Text),
    ("amount_minor", Kind::Int),
    ("currency", Kind::Text),
    ("recorded_at", Kind::Time),
];

const DAILY_ROLLUPS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("day", Kind::Text),
    ("seller_id", Kind::Text),
    ("currency", Kind::Text),
    ("transactions_count", Kind::Int),
    ("transactions_net_minor", Kind::Int),
    ("payouts_requested_count", Kind::Int),
    ("payouts_requested_minor", Kind::Int),
    ("payouts_paid_count", Kind::Int),
    ("payouts_paid_minor", Kind::Int),
    ("payouts_failed_count", Kind::Int),
    ("payouts_failed_minor", Kind::Int),
];
