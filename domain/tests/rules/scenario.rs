//! A ledger in memory to tell stories to: commands as callers write them, facts
//! as Stripe tells them, and what the rules make of both.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story that cannot be told is a failed test"
)]

use domain::{
    Code, Command, Context, Event, Input, Missing, Rejection, State, Stream, View,
    arrival::Arrival,
    balance::{Account, Balance},
    decide,
    event::Method,
    id::{Aggregate, PaymentIntentId, PayoutId, SellerId, StreamId, StripePayoutId, TransactionId},
    money::{Amount, Currency, Money},
    payment::Payment,
    payout::{Known, Payout},
    stripe::{Fact, PayoutReport, PayoutStatus},
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// When every story begins.
pub(crate) const START: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

/// Events, each with its stream.
type Happened = Vec<(StreamId, Event)>;

/// A ledger, and all that happened in it.
pub(crate) struct Ledger {
    view: View,
    pub(crate) now: OffsetDateTime,
    pub(crate) log: Happened,
    fresh: u128,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            view: View::default(),
            now: START,
            log: Vec::new(),
            fresh: 0,
        }
    }

    /// A ledger with a past.
    pub(crate) fn given(events: impl IntoIterator<Item = Event>) -> Self {
        let mut ledger = Self::new();
        for event in events {
            ledger.record(stream_of(&event), event);
        }
        ledger
    }

    pub(crate) fn days_pass(&mut self, days: i64) {
        self.now += Duration::days(days);
    }

    /// Decides, and records what happens.
    pub(crate) fn when(&mut self, input: &Input) -> Result<Vec<Event>, Rejection> {
        let (outcome, payout_id) = self.try_out(input);
        let events = outcome?;
        let bare = events.iter().map(|(_, event)| event.clone()).collect();
        for (stream, event) in events {
            self.record(stream, event);
        }
        if payout_id == Some(self.context().fresh_payout_id) {
            self.fresh += 1;
        }
        Ok(bare)
    }

    /// Decides, and records nothing.
    fn try_out(&mut self, input: &Input) -> (Result<Happened, Rejection>, Option<PayoutId>) {
        let context = self.context();
        let decision = loop {
            match decide(&self.view, input, &context) {
                Ok(decision) => break decision,
                Err(Missing::Stream(id)) => {
                    let empty = Stream::empty(id.aggregate());
                    self.view.insert_stream(id, empty);
                }
                Err(Missing::Alias(alias)) => self.view.insert_alias(alias, None),
            }
        };
        assert!(
            decision.read.is_sorted(),
            "in lock order: {:?}",
            decision.read
        );
        for stream in &decision.read {
            assert!(
                self.view.stream(stream).is_some(),
                "{stream} was not loaded"
            );
        }
        match decision.outcome {
            Ok(accepted) => {
                let streams: Vec<_> = accepted.events.iter().map(|(id, _)| id).collect();
                assert!(streams.is_sorted(), "in lock order: {streams:?}");
                for (stream, event) in &accepted.events {
                    assert_eq!(*stream, stream_of(event), "{event:?}");
                    let is_fresh = *stream == StreamId::payout(context.fresh_payout_id);
                    assert!(
                        is_fresh || decision.read.contains(stream),
                        "unread {stream}"
                    );
                }
                (Ok(accepted.events), accepted.payout_id)
            }
            Err(rejection) => (Err(rejection), None),
        }
    }

    fn context(&self) -> Context {
        Context {
            now: self.now,
            fresh_payout_id: PayoutId(Uuid::from_u128(0xf000 + self.fresh)),
        }
    }

    fn record(&mut self, stream: StreamId, event: Event) {
        self.view.apply(&stream, &event);
        self.log.push((stream, event));
    }

    /// A command that must be accepted; the names of the events it causes.
    #[track_caller]
    pub(crate) fn accepts(&mut self, name: &str, fields: Value) -> Vec<Event> {
        let input = Input::Command(command(name, &fields));
        self.when(&input)
            .unwrap_or_else(|rejection| panic!("{name} {fields}: {rejection}"))
    }

    /// A command that must be refused, with this code; nothing may happen.
    #[track_caller]
    pub(crate) fn refuses(&mut self, name: &str, fields: Value, code: Code) {
        let input = Input::Command(command(name, &fields));
        match self.when(&input) {
            Err(rejection) => assert_eq!(rejection.code(), code, "{name} {fields}: {rejection}"),
            Ok(events) => panic!("{name} {fields} was accepted: {events:?}"),
        }
    }

    /// A fact that must be accepted.
    #[track_caller]
    pub(crate) fn hears(&mut self, fact: Fact) -> Vec<Event> {
        let told = format!("{fact:?}");
        self.when(&Input::Fact(fact))
            .unwrap_or_else(|rejection| panic!("{told}: {rejection}"))
    }

    /// A fact that must be refused, with this code.
    #[track_caller]
    pub(crate) fn rejects(&mut self, fact: Fact, code: Code) {
        let told = format!("{fact:?}");
        match self.when(&Input::Fact(fact)) {
            Err(rejection) => assert_eq!(rejection.code(), code, "{told}: {rejection}"),
            Ok(events) => panic!("{told} was accepted: {events:?}"),
        }
    }

    pub(crate) fn state(&self, stream: &StreamId) -> State {
        self.view.stream(stream).map_or_else(
            || State::initial(stream.aggregate()),
            |found| found.state.clone(),
        )
    }

    /// The balance of `ada` in usd, where most stories play.
    pub(crate) fn balance(&self) -> Balance {
        self.balance_of("ada", "usd")
    }

    pub(crate) fn balance_of(&self, seller: &str, code: &str) -> Balance {
        match self.state(&account(seller, code).stream()) {
            State::Balance(balance) => balance,
            other => panic!("{other:?}"),
        }
    }

    /// `pending available reserved paid_out` of `ada` in usd, in minor units.
    pub(crate) fn totals(&self) -> [i64; 4] {
        let totals = self.balance().totals();
        [
            totals.pending,
            totals.available,
            totals.reserved,
            totals.paid_out,
        ]
        .map(Amount::minor)
    }

    pub(crate) fn place_of(&self, id: &str) -> Option<&'static str> {
        self.balance().place_of(&transaction(id))
    }

    pub(crate) fn payout(&self, number: u128) -> Known {
        self.payout_by_id(payout_id(number))
    }

    pub(crate) fn payout_by_id(&self, id: PayoutId) -> Known {
        match self.state(&StreamId::payout(id)) {
            State::Payout(payout) => Payout::known(&payout).unwrap().clone(),
            other => panic!("{other:?}"),
        }
    }

    /// How far payout `number` is, as the read tables say it.
    pub(crate) fn status(&self, number: u128) -> &'static str {
        self.payout(number).standing().as_str()
    }

    pub(crate) fn payment(&self, id: &str) -> Payment {
        match self.state(&StreamId::payment(&intent(id))) {
            State::Payment(payment) => payment,
            other => panic!("{other:?}"),
        }
    }

    /// `ada` is owed this much in usd, at once.
    pub(crate) fn owes(&mut self, id: &str, amount: &str) {
        let kind = if amount.starts_with('-') {
            "refund"
        } else {
            "payment"
        };
        self.accepts("record-transaction", transaction_json(id, kind, amount));
    }
}

/// The fields of `record-transaction` for `ada` in usd.
pub(crate) fn transaction_json(id: &str, kind: &str, gross: &str) -> Value {
    json!({
        "transaction_id": id, "seller_id": "ada", "kind": kind, "gross": usd(gross),
    })
}

/// `fields` with more fields, or others.
pub(crate) fn with(mut fields: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("not an object: {more}")
    };
    fields.as_object_mut().unwrap().extend(more);
    fields
}

/// Money as callers write it.
pub(crate) fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency": "usd"})
}

/// A command as callers write it.
#[track_caller]
pub(crate) fn command(name: &str, fields: &Value) -> Command {
    Command::parse(name, fields.to_string().as_bytes())
        .unwrap_or_else(|refusal| panic!("{name} {fields}: {refusal}"))
}

/// What happened, by name.
pub(crate) fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::name).collect()
}

/// Payout ids by number.
pub(crate) fn payout_id(number: u128) -> PayoutId {
    PayoutId(Uuid::from_u128(number))
}

pub(crate) fn account(seller: &str, code: &str) -> Account {
    Account {
        seller_id: SellerId::new(seller).unwrap(),
        currency: currency(code),
    }
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub(crate) fn dollars(minor: i64) -> Money {
    Money::new(Amount::from_minor(minor), currency("usd"))
}

pub(crate) fn transaction(id: &str) -> TransactionId {
    TransactionId::new(id).unwrap()
}

pub(crate) fn intent(id: &str) -> PaymentIntentId {
    PaymentIntentId::new(id).unwrap()
}

pub(crate) fn stripe_id(id: &str) -> StripePayoutId {
    StripePayoutId::new(id).unwrap()
}

/// So many days after the story's beginning.
pub(crate) fn day(days: i64) -> Arrival {
    Arrival::from_unix((START + Duration::days(days)).unix_timestamp()).unwrap()
}

/// What Stripe tells of a payout of 60.00 usd that it calls `po_1`.
pub(crate) fn report(status: PayoutStatus) -> PayoutReport {
    PayoutReport {
        stripe_payout_id: stripe_id("po_1"),
        payout_id: None,
        account: None,
        amount: dollars(60_00),
        status,
        method: Method::Standard,
        arrival_date: Some(day(3)),
    }
}

/// The same, of our payout number 1.
pub(crate) fn our_report(status: PayoutStatus) -> PayoutReport {
    PayoutReport {
        payout_id: Some(payout_id(1)),
        ..report(status)
    }
}

pub(crate) fn failed() -> PayoutStatus {
    PayoutStatus::Failed {
        code: "account_closed".to_owned(),
        message: Some("The bank account is closed.".to_owned()),
    }
}

/// `ada` is owed 10, 20 and 30 usd; payout 1 takes all of it.
pub(crate) fn requested() -> Ledger {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.owes("t2", "20");
    ledger.owes("t3", "30");
    ledger.accepts(
        "request-payout",
        request(json!({"payout_id": payout_id(1)})),
    );
    ledger
}

/// The fields of `request-payout` for `ada` in usd.
pub(crate) fn request(more: Value) -> Value {
    with(json!({"seller_id": "ada", "currency": "usd"}), more)
}

/// The stream an event belongs to: each carries the ids it is named by.
pub(crate) fn stream_of(event: &Event) -> StreamId {
    let data: Value = serde_json::from_str(&event.encode()).unwrap();
    let field = |name: &str| data[name].as_str().unwrap().to_owned();
    let key = match event.aggregate() {
        Aggregate::Seller => field("seller_id"),
        Aggregate::Payment => field("payment_intent"),
        Aggregate::Balance => format!("{}-{}", field("seller_id"), field("currency")),
        Aggregate::Transfer => field("transfer_id"),
        Aggregate::Payout => field("payout_id"),
        Aggregate::Webhook => format!("{}-{}", field("event_id"), field("body_hash")),
    };
    StreamId::parse(&format!("{}-{key}", event.aggregate().prefix())).unwrap()
}
