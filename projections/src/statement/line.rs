//! Lines of a statement, and the account that they are written from.

use domain::{
    id::SellerId,
    money::{Amount, Currency, Money},
};
use serde_json::{Map, Value as Json, json};
use store::{Recorded, row::sqlite_time};
use time::OffsetDateTime;

use super::{movement::Movement, places::Places};

/// The columns of a line, besides each `x_minor` as money in `x`. In the opening and the
/// closing, `pending` to `paid_out` are what is there; in a movement, what is added.
/// `owed` is what is there of the first three afterwards.
pub const COLUMNS: &[&str] = &[
    "seller_id",
    "currency",
    "line",
    "position",
    "recorded_at",
    "what",
    "transaction_id",
    "order_id",
    "payout_id",
    "gross_minor",
    "fee_minor",
    "amount_minor",
    "pending_minor",
    "available_minor",
    "reserved_minor",
    "paid_out_minor",
    "owed_minor",
];

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    seller_id: SellerId,
    currency: Currency,
    name: &'static str,
    movement: Option<(i64, OffsetDateTime, Movement)>,
    places: Places,
    owed: i64,
}

impl Line {
    /// Whether it is neither an opening nor a closing.
    #[must_use]
    pub const fn is_movement(&self) -> bool {
        self.movement.is_some()
    }

    /// The line as [`COLUMNS`] and their values, in order.
    #[must_use]
    pub fn to_row(&self) -> Map<String, Json> {
        let mut row = Map::new();
        for column in COLUMNS {
            row.insert((*column).to_owned(), self.value(column));
            if let Some(name) = column.strip_suffix("_minor") {
                let money = self
                    .minor(column)
                    .map(|minor| json!(Money::new(Amount::from_minor(minor), self.currency)));
                row.insert(name.to_owned(), json!(money));
            }
        }
        row
    }

    fn value(&self, column: &str) -> Json {
        let movement = self.movement.as_ref();
        let of =
            |read: fn(&(i64, OffsetDateTime, Movement)) -> Json| movement.map_or(Json::Null, read);
        match column {
            "seller_id" => json!(self.seller_id),
            "currency" => json!(self.currency),
            "line" => json!(self.name),
            "position" => of(|(position, ..)| json!(position)),
            "recorded_at" => of(|(_, at, _)| json!(sqlite_time(*at))),
            "what" => of(|(.., it)| json!(it.what)),
            "transaction_id" => of(|(.., it)| json!(it.transaction_id)),
            "order_id" => of(|(.., it)| json!(it.order_id)),
            "payout_id" => of(|(.., it)| json!(it.payout_id)),
            _ => json!(self.minor(column)),
        }
    }

    fn minor(&self, column: &str) -> Option<i64> {
        let movement = self.movement.as_ref().map(|(.., movement)| movement);
        let gross = movement.and_then(|it| it.gross);
        match column {
            "gross_minor" => gross.map(|(gross, _)| gross.minor()),
            "fee_minor" => gross.map(|(_, fee)| fee.minor()),
            "amount_minor" => movement.map(|it| it.amount.minor()),
            "pending_minor" => Some(self.places.pending),
            "available_minor" => Some(self.places.available),
            "reserved_minor" => Some(self.places.reserved),
            "paid_out_minor" => Some(self.places.paid_out),
            "owed_minor" => Some(self.owed),
            _ => None,
        }
    }
}

/// One currency's books while they are gone through.
#[derive(Debug)]
pub(super) struct Account {
    seller_id: SellerId,
    currency: Currency,
    places: Places,
    is_open: bool,
}

impl Account {
    pub(super) fn new(first: &Movement) -> Self {
        Self {
            seller_id: first.seller_id.clone(),
            currency: first.currency,
            places: Places::default(),
            is_open: false,
        }
    }

    /// The opening line, the first time.
    pub(super) fn open(&mut self) -> Option<Line> {
        if self.is_open {
            return None;
        }
        self.is_open = true;
        Some(self.standing("opening"))
    }

    /// Takes a movement in; its line.
    pub(super) fn take_in(&mut self, recorded: &Recorded, movement: Movement) -> Line {
        self.places.add(movement.change);
        Line {
            places: movement.change,
            movement: Some((recorded.position(), recorded.recorded_at, movement)),
            ..self.standing("movement")
        }
    }

    pub(super) fn closing(&self) -> Line {
        self.standing("closing")
    }

    fn standing(&self, name: &'static str) -> Line {
        Line {
            seller_id: self.seller_id.clone(),
            currency: self.currency,
            name,
            movement: None,
            places: self.places,
            owed: self.places.owed(),
        }
    }
}
