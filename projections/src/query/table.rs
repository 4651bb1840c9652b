//! The tables that can be asked: their columns, keys and filters.

use serde_json::{Value as Json, json};
use store::{Sql, Value, row::sqlite_time};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::statements;

/// A table that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Sellers.
    Sellers,
    /// Payouts.
    Payouts,
    /// The transactions inside payouts.
    PayoutItems,
    /// Transfers to sellers' accounts.
    Transfers,
    /// What sellers are owed, and owe.
    Transactions,
    /// What each seller is owed in each currency.
    Balances,
    /// The books, line by line.
    Postings,
    /// Each day's sums.
    DailyRollups,
    /// The log itself.
    Events,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, or none.
    Text,
    /// A whole number.
    Int,
    /// Minor units of the row's currency.
    Minor,
    /// Minor units of the currency in the column `<name>_currency`; both or none.
    OwnMinor,
    /// Yes or no.
    Flag,
    /// A moment, or none.
    Time,
    /// A UUID, or none.
    Uuid,
    /// An object of JSON.
    Json,
}

/// What a table can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Rows of a seller.
    Seller,
    /// Rows in a status.
    Status,
    /// Rows in a currency.
    Currency,
    /// Rows of a payout.
    Payout,
    /// Rows from a moment on.
    Since,
    /// Rows before a moment.
    Until,
}

impl By {
    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::Seller,
        Self::Status,
        Self::Currency,
        Self::Payout,
        Self::Since,
        Self::Until,
    ];

    /// What callers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Status => "status",
            Self::Currency => "currency",
            Self::Payout => "payout",
            Self::Since => "since",
            Self::Until => "until",
        }
    }
}

/// One part of a row's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Text(String),
    Int(i64),
    Uuid(Uuid),
    Time(OffsetDateTime),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Text,
    Int,
    Uuid,
    Time,
}

impl Key {
    /// As part of a statement's list of keys.
    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Int(number) => json!(number),
            Self::Uuid(id) => json!(id),
            Self::Time(moment) => json!(sqlite_time(*moment)),
        }
    }

    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Int(number) => Value::Int(*number),
            Self::Uuid(id) => Value::OptUuid(Some(*id)),
            Self::Time(moment) => Value::OptTime(Some(*moment)),
        }
    }
}

impl KeyKind {
    /// Less than, or equal to the least of, all keys. No text of a key is empty,
    /// no number of one is below 1. A UUID can be nil: keys with one go on with
    /// a text, so that not even that one is skipped.
    pub(super) const fn before_all(self) -> Key {
        match self {
            Self::Text => Key::Text(String::new()),
            Self::Int => Key::Int(0),
            Self::Uuid => Key::Uuid(Uuid::nil()),
            Self::Time => Key::Time(datetime!(0000-01-01 0:00 UTC)),
        }
    }

    /// More than all keys. Only of what rows are sorted by with the newest first.
    const fn behind_all(self) -> Key {
        match self {
            Self::Text => Key::Text(String::new()),
            Self::Int => Key::Int(i64::MAX),
            Self::Uuid => Key::Uuid(Uuid::max()),
            Self::Time => Key::Time(datetime!(9999-12-31 23:59:59 UTC)),
        }
    }
}

/// Rows of a table in an order: the statement for a page of them, and the key that they are
/// sorted by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sorted {
    /// Unlike that of any other order: cursors of one are none of another.
    pub(super) name: &'static str,
    pub(super) sql: &'static Sql,
    /// The statement for reading the table as a whole.
    pub(super) whole: &'static Sql,
    pub(super) keys: &'static [(&'static str, KeyKind)],
    /// Whether the largest key comes first.
    falls: bool,
}

impl Sorted {
    /// A key that no row's precedes.
    pub(super) fn start(&self) -> Vec<Key> {
        let keys = self.keys.iter();
        keys.map(|(_, kind)| match self.falls {
            true => kind.behind_all(),
            false => kind.before_all(),
        })
        .collect()
    }
}

/// Everything about a table.
struct Shape {
    name: &'static str,
    columns: &'static [&'static str],
    kinds: &'static [Kind],
    /// Rows are sorted by these.
    keys: &'static [(&'static str, KeyKind)],
    filtered_by: &'static [By],
    statuses: &'static [&'static str],
    sql: Sql,
}

macro_rules! shape {
    (
        $name:literal, $sql:ident,
        keys: $($key:literal $key_kind:ident),+;
        by: $($by:ident),+;
        statuses: $($status:literal),*;
        $($column:literal $kind:ident),+ $(,)?
    ) => {
        const {
            &Shape {
                name: $name,
                columns: &[$($column),+],
                kinds: &[$(Kind::$kind),+],
                keys: &[$(($key, KeyKind::$key_kind)),+],
                filtered_by: &[$(By::$by),+],
                statuses: &[$($status),*],
                sql: statements::$sql,
            }
        }
    };
}

const SELLERS: &Shape = shape!(
    "sellers", QUERY_SELLERS,
    keys: "seller_id" Text;
    by: Seller, Since, Until;
    statuses: ;
    "seller_id" Text, "stripe_account" Text, "payout_schedule" Text,
    "minimum_payout_minor" OwnMinor, "minimum_payout_currency" Text, "registered_at" Time,
    "updated_at" Time, "version" Int,
);

const PAYOUTS: &Shape = shape!(
    "payouts", QUERY_PAYOUTS,
    keys: "payout_id" Uuid, "seller_id" Text;
    by: Seller, Status, Currency, Payout, Since, Until;
    statuses: "requested", "in_doubt", "pending", "in_transit", "paid", "failed", "canceled";
    "payout_id" Uuid, "seller_id" Text, "status" Text, "amount_minor" Minor, "currency" Text,
    "item_count" Int, "origin" Text, "stripe_payout_id" Text, "method" Text,
    "arrival_date" Time, "failure_code" Text, "failure_message" Text, "requested_at" Time,
    "paid_at" Time, "updated_at" Time, "version" Int, "description" Text,
    "held_up" Text,
);

const PAYOUT_ITEMS: &Shape = shape!(
    "payout-items", QUERY_PAYOUT_ITEMS,
    keys: "payout_id" Uuid, "transaction_id" Text;
    by: Seller, Currency, Payout, Since, Until;
    statuses: ;
    "payout_id" Uuid, "transaction_id" Text, "amount_minor" Minor, "currency" Text,
    "transfer_id" Text, "returned" Flag,
);

const TRANSFERS: &Shape = shape!(
    "transfers", QUERY_TRANSFERS,
    keys: "transfer_id" Text;
    by: Seller, Status, Currency, Payout, Since, Until;
    statuses: "created", "paid", "reversed", "partially_reversed";
    "transfer_id" Text, "seller_id" Text, "status" Text, "amount_minor" Minor,
    "reversed_minor" Minor, "currency" Text, "transaction_id" Text, "payout_id" Uuid,
    "updated_at" Time,
);

const TRANSACTIONS: &Shape = shape!(
    "transactions", QUERY_TRANSACTIONS,
    keys: "transaction_id" Text;
    by: Seller, Status, Currency, Payout, Since, Until;
    statuses: "pending", "held", "available", "reserved", "paid_out", "failed";
    "transaction_id" Text, "seller_id" Text, "kind" Text, "status" Text, "blocked" Flag,
    "payed_out" Flag, "gross_minor" Minor, "fee_minor" Minor, "net_minor" Minor,
    "currency" Text, "payment_intent" Text, "order_id" Text, "payout_id" Uuid,
    "available_on" Time, "actual_release_date" Time, "updated_at" Time, "transfer_id" Text,
);

const BALANCES: &Shape = shape!(
    "balances", QUERY_BALANCES,
    keys: "seller_id" Text, "currency" Text;
    by: Seller, Currency, Since, Until;
    statuses: ;
    "seller_id" Text, "currency" Text, "pending_minor" Minor, "available_minor" Minor,
    "reserved_minor" Minor, "paid_out_minor" Minor, "version" Int, "updated_at" Time,
);

const POSTINGS: &Shape = shape!(
    "postings", QUERY_POSTINGS,
    keys: "position" Int, "line" Int;
    by: Seller, Currency, Since, Until;
    statuses: ;
    "position" Int, "account" Text, "amount_minor" Minor, "currency" Text, "line" Int,
    "recorded_at" Time,
);

const DAILY_ROLLUPS: &Shape = shape!(
    "daily-rollups", QUERY_DAILY_ROLLUPS,
    keys: "day" Text, "seller_id" Text, "currency" Text;
    by: Seller, Currency, Since, Until;
    statuses: ;
    "day" Text, "seller_id" Text, "currency" Text, "transactions_count" Int,
    "transactions_net_minor" Minor, "payouts_requested_count" Int,
    "payouts_requested_minor" Minor, "payouts_paid_count" Int, "payouts_paid_minor" Minor,
    "payouts_failed_count" Int, "payouts_failed_minor" Minor,
);

const EVENTS: &Shape = shape!(
    "events", QUERY_EVENTS,
    keys: "txid" Int, "position" Int;
    by: Seller, Payout, Since, Until;
    statuses: ;
    "position" Int, "stream" Text, "version" Int, "type" Text, "schema_version" Int,
    "data" Json, "metadata" Json, "recorded_at" Time,
);

impl Table {
    /// All tables.
    pub const ALL: [Self; 9] = [
        Self::Sellers,
        Self::Payouts,
        Self::PayoutItems,
        Self::Transfers,
        Self::Transactions,
        Self::Balances,
        Self::Postings,
        Self::DailyRollups,
        Self::Events,
    ];

    /// Their names, in the same order.
    pub const NAMES: &[&str] = &[
        SELLERS.name,
        PAYOUTS.name,
        PAYOUT_ITEMS.name,
        TRANSFERS.name,
        TRANSACTIONS.name,
        BALANCES.name,
        POSTINGS.name,
        DAILY_ROLLUPS.name,
        EVENTS.name,
    ];

    /// The table of a name in kebab case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    const fn shape(self) -> &'static Shape {
        match self {
            Self::Sellers => SELLERS,
            Self::Payouts => PAYOUTS,
            Self::PayoutItems => PAYOUT_ITEMS,
            Self::Transfers => TRANSFERS,
            Self::Transactions => TRANSACTIONS,
            Self::Balances => BALANCES,
            Self::Postings => POSTINGS,
            Self::DailyRollups => DAILY_ROLLUPS,
            Self::Events => EVENTS,
        }
    }

    /// Its name in kebab case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.shape().name
    }

    /// Its columns, in order; rows have `x` as money after each `x_minor`.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        self.shape().columns
    }

    /// The statuses its rows can have; none if they have no status.
    #[must_use]
    pub const fn statuses(self) -> &'static [&'static str] {
        self.shape().statuses
    }

    /// What it can be filtered by, for people.
    #[must_use]
    pub fn filters(self) -> String {
        let names: Vec<_> = self.filtered_by().iter().map(|by| by.name()).collect();
        names.join(", ")
    }

    /// Its columns and what they hold, in order.
    pub fn kinds(self) -> impl Iterator<Item = (&'static str, Kind)> {
        let shape = self.shape();
        shape
            .columns
            .iter()
            .copied()
            .zip(shape.kinds.iter().copied())
    }

    /// The columns of its key: rows come in their order.
    pub fn key_columns(self) -> impl Iterator<Item = &'static str> {
        self.keys().iter().map(|(column, _)| *column)
    }

    pub(super) const fn keys(self) -> &'static [(&'static str, KeyKind)] {
        self.shape().keys
    }

    /// Rows in the order of their key.
    pub(super) const fn by_key(self) -> Sorted {
        Sorted {
            name: self.name(),
            sql: self.sql(),
            whole: self.whole(),
            keys: self.keys(),
            falls: false,
        }
    }

    /// Rows with the newest first; only payouts can be had so.
    pub(super) const fn newest(self) -> Option<Sorted> {
        match self {
            Self::Payouts => Some(Sorted {
                name: "newest payouts",
                sql: &statements::NEWEST_PAYOUTS,
                whole: &statements::NEWEST_PAYOUTS,
                keys: &[
                    ("requested_at", KeyKind::Time),
                    ("payout_id", KeyKind::Uuid),
                ],
                falls: true,
            }),
            Self::Sellers
            | Self::PayoutItems
            | Self::Transfers
            | Self::Transactions
            | Self::Balances
            | Self::Postings
            | Self::DailyRollups
            | Self::Events => None,
        }
    }

    /// A key that no row's precedes.
    pub(super) fn before_all(self) -> Vec<Key> {
        self.by_key().start()
    }

    /// Whether its rows can be asked for with the newest first.
    #[must_use]
    pub const fn has_newest(self) -> bool {
        self.newest().is_some()
    }

    /// The statement that picks rows by their keys; only tables with a past have one.
    pub(super) const fn picked(self) -> Option<&'static Sql> {
        match self {
            Self::Payouts => Some(&statements::PICK_PAYOUTS),
            Self::Transactions => Some(&statements::PICK_TRANSACTIONS),
            Self::Balances => Some(&statements::PICK_BALANCES),
            Self::Sellers
            | Self::PayoutItems
            | Self::Transfers
            | Self::Postings
            | Self::DailyRollups
            | Self::Events => None,
        }
    }

    /// Whether it can be asked as of a time.
    #[must_use]
    pub const fn has_past(self) -> bool {
        self.picked().is_some()
    }

    /// What it can be filtered by.
    #[must_use]
    pub const fn filtered_by(self) -> &'static [By] {
        self.shape().filtered_by
    }

    pub(super) const fn sql(self) -> &'static Sql {
        &self.shape().sql
    }

    /// The statement for reading it as a whole: of the log, only what no later commit can
    /// precede, so that nothing is missed by going on behind the last row.
    pub(super) const fn whole(self) -> &'static Sql {
        match self {
            Self::Events => &statements::EXPORT_EVENTS,
            _ => self.sql(),
        }
    }
}
