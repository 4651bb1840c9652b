//! The books without a server: calls in, replies out.

use domain::money::Currency;
use fastrand::Rng;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{Books, NewBalance, Opening, Rules};
use crate::{
    config::Secret,
    sim::{
        Owner,
        call::{Answer, Call, Reply},
        fault::Fault,
    },
};

mod errors;
mod idempotency;
mod laws;
mod life;
mod lists;

const SELLER: &str = "acct_seller";

/// Books, and a caller with a test key.
struct Desk {
    books: Books,
    now: OffsetDateTime,
}

impl Desk {
    /// A platform with 100.00 usd and a seller with 50.00 usd.
    fn new() -> Self {
        Self::with(Rules {
            opening: Opening::Exactly(Vec::new()),
            ..Rules::default()
        })
    }

    fn with(rules: Rules) -> Self {
        let now = OffsetDateTime::from_unix_timestamp(1_795_000_000).expect("a time");
        let mut desk = Self {
            books: Books::new(rules, Rng::with_seed(1)),
            now,
        };
        desk.fund(None, 10_000);
        desk.fund(Some(SELLER), 5_000);
        desk
    }

    fn fund(&mut self, account: Option<&str>, available: i64) {
        let owner = Owner::named(account);
        let usd = money("usd");
        self.books
            .set_balance(&owner, usd, having(available), self.now);
    }

    fn available(&self, account: Option<&str>) -> i64 {
        let owner = Owner::named(account);
        let mut all = self.books.funds();
        all.find(|(of, _, _)| **of == owner)
            .map_or(0, |(_, _, funds)| funds.available)
    }

    fn later(&mut self, by: Duration) {
        self.now += by;
        self.books.tick(self.now);
    }

    fn reply(&mut self, call: &Call, fault: Option<Fault>) -> Reply {
        self.books.handle(call, fault, self.now)
    }

    fn answer(&mut self, call: &Call) -> Answer {
        match self.reply(call, None) {
            Reply::Answer(answer) => answer,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// The body of an answer that must be good.
    #[track_caller]
    fn done(&mut self, call: &Call) -> Value {
        let answer = self.answer(call);
        assert_eq!(answer.status, 200, "{}", answer.body);
        read(&answer.body)
    }

    /// Status and code of an answer that must be bad.
    #[track_caller]
    fn refused(&mut self, call: &Call) -> (u16, String) {
        let answer = self.answer(call);
        assert_ne!(answer.status, 200, "{}", answer.body);
        let error = &read(&answer.body)["error"];
        let told = error["code"].as_str().or(error["type"].as_str());
        (answer.status, told.unwrap_or_default().to_owned())
    }

    fn kinds(&mut self) -> Vec<&'static str> {
        self.books
            .take_fresh()
            .iter()
            .map(|event| event.kind)
            .collect()
    }

    fn act(&mut self, id: &Value, act: &crate::sim::Act) -> Result<Value, crate::sim::ApiError> {
        self.books.act(id.as_str().expect("an id"), act, self.now)
    }
}

/// A call as the seller, with a test key.
fn call(method: &str, path: &str, parameters: &[(&str, &str)]) -> Call {
    Call {
        method: method.to_owned(),
        path: path.to_owned(),
        account: Some(SELLER.to_owned()),
        key: None,
        api_key: Secret::new("sk_test_sim"),
        parameters: parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

/// The same as the platform.
fn platform(method: &str, path: &str, parameters: &[(&str, &str)]) -> Call {
    Call {
        account: None,
        ..call(method, path, parameters)
    }
}

fn payout(amount: &str) -> Call {
    call(
        "POST",
        "/v1/payouts",
        &[("amount", amount), ("currency", "usd")],
    )
}

fn transfer(amount: &str) -> Call {
    let to = [
        ("amount", amount),
        ("currency", "usd"),
        ("destination", SELLER),
    ];
    platform("POST", "/v1/transfers", &to)
}

fn keyed(call: Call, key: &str) -> Call {
    Call {
        key: Some(key.to_owned()),
        ..call
    }
}

fn money(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

fn having(available: i64) -> NewBalance {
    NewBalance {
        available,
        ..NewBalance::default()
    }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What was told since this was last asked.
fn told(desk: &mut Desk) -> Vec<Value> {
    let events = desk.books.take_fresh();
    events.iter().map(|event| read(event.body())).collect()
}
