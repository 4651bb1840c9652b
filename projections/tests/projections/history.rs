//! Histories nobody would think of: many inputs drawn at random, the same for
//! the same seed. Most are refused, which is part of it.

use futures::future::join_all;
use serde_json::{Value as Json, json};

use crate::books::{Books, payout_id};

/// A generator that is good enough to mix a history (Knuth's MMIX).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Lives through some inputs; several are under way at the same time, so that
/// batches form.
pub(crate) async fn live(books: &Books, seed: u64, inputs: u64) {
    let mut dice = Dice::new(seed);
    let mut number = 0;
    while number < inputs {
        let together = 1 + dice.below(12);
        let drawn: Vec<_> = (0..together)
            .map(|index| draw(&mut dice, number + index))
            .collect();
        join_all(drawn.into_iter().map(|input| carry_out(books, input))).await;
        number += together;
    }
}

enum Input {
    Command(&'static str, Json),
    Stripe(String, &'static str, Json),
}

async fn carry_out(books: &Books, input: Input) {
    match input {
        Input::Command(name, body) => {
            books.command(name, body).await;
        }
        // Several writers on few streams can be in each other's way for too long.
        Input::Stripe(id, name, object) => drop(books.deliver(&id, name, object).await),
    }
}

fn draw(dice: &mut Dice, number: u64) -> Input {
    let seller = format!("seller-{}", dice.below(2));
    let transaction = format!("tx-{}", dice.below(150));
    let transfer = format!("tr_{}", dice.below(60));
    let payout = payout_id(u128::from(dice.below(40)) + 1);
    let amount = money([40, 80, 120][usize::try_from(dice.below(3)).unwrap()]);
    match dice.below(22) {
        0..=4 => Input::Command("record-transaction", recorded(dice, seller)),
        5 => Input::Command(
            "release-transaction",
            json!({
                "transaction_id": transaction, "seller_id": seller, "currency": "usd",
            }),
        ),
        6 => Input::Command(
            "fail-transaction",
            json!({
                "transaction_id": transaction, "seller_id": seller, "currency": "usd",
            }),
        ),
        7..=8 => {
            let mut body = json!({
                "transfer_id": transfer, "seller_id": seller, "amount": money(120),
            });
            if dice.chance(60) {
                body["transaction_id"] = json!(transaction);
            }
            Input::Command("record-transfer", body)
        }
        9 => Input::Command(
            "reverse-transfer",
            json!({
                "transfer_id": transfer, "amount_reversed": amount,
            }),
        ),
        10..=12 => Input::Command(
            "request-payout",
            json!({
                "seller_id": seller, "currency": "usd", "payout_id": payout,
            }),
        ),
        13 => Input::Command(
            "submit-payout",
            json!({
                "payout_id": payout, "stripe_payout_id": format!("po_{payout}"),
            }),
        ),
        14 => Input::Command("mark-payout-paid", json!({ "payout_id": payout })),
        15 => Input::Command(
            "mark-payout-failed",
            json!({
                "payout_id": payout, "failure_code": "account_closed",
            }),
        ),
        16 => Input::Command("cancel-payout", json!({ "payout_id": payout })),
        17..=18 => with_schedule(dice, seller),
        _ => told(dice, format!("evt_{number}"), transfer),
    }
}

fn with_schedule(dice: &mut Dice, seller: String) -> Input {
    let account = format!("acct_{seller}");
    let mut body = json!({ "seller_id": seller, "payout_schedule": "daily" });
    if dice.chance(50) {
        body["minimum_payout"] = money(1_000);
    }
    if dice.chance(50) {
        body["stripe_account"] = json!(account);
        return Input::Command("register-seller", body);
    }
    Input::Command("change-payout-schedule", body)
}

fn told(dice: &mut Dice, event: String, transfer: String) -> Input {
    let payment = format!("pi_{}", dice.below(8));
    match dice.below(5) {
        0 => Input::Stripe(
            event,
            "payment_intent.succeeded",
            json!({
                "id": payment, "object": "payment_intent", "status": "succeeded",
            }),
        ),
        1 => {
            let dispute = json!({
                "id": format!("dp_{}", dice.below(4)), "object": "dispute",
                "payment_intent": payment, "status": "needs_response",
            });
            if dice.chance(50) {
                return Input::Stripe(event, "charge.dispute.created", dispute);
            }
            let mut closed = dispute;
            closed["status"] = json!("won");
            Input::Stripe(event, "charge.dispute.closed", closed)
        }
        2 => adopted(dice, event),
        3 => Input::Command("record-payout-items", listed(dice)),
        _ => Input::Stripe(
            event,
            "transfer.created",
            json!({
                "id": transfer, "object": "transfer", "amount": 120, "currency": "usd",
                "amount_reversed": 0, "destination": "acct_1", "reversed": false,
            }),
        ),
    }
}

/// Stripe tells of one of the payouts it has made by itself.
fn adopted(dice: &mut Dice, event: String) -> Input {
    let (name, status) = [
        ("payout.created", "pending"),
        ("payout.paid", "paid"),
        ("payout.failed", "failed"),
        ("payout.canceled", "canceled"),
    ][usize::try_from(dice.below(4)).unwrap()];
    Input::Stripe(
        event,
        name,
        json!({
            "id": format!("po_auto_{}", dice.below(8)), "object": "payout", "amount": 100,
            "currency": "usd", "status": status, "failure_code": "account_closed",
            "arrival_date": 1_800_000_000, "metadata": {},
        }),
    )
}

/// What it is made of: the same movements may be told of several payouts.
fn listed(dice: &mut Dice) -> Json {
    let item = |number: u64, minor| {
        json!({
            "balance_transaction_id": format!("tx-{number}"), "net": money(minor),
            "source": format!("tr_{number}"),
        })
    };
    let first = dice.below(4);
    json!({
        "stripe_payout_id": format!("po_auto_{}", dice.below(8)),
        "items": [item(first, 130), item(first + 1, -30)],
    })
}

fn recorded(dice: &mut Dice, seller: String) -> Json {
    let (kind, minor) = match dice.below(8) {
        0 => ("refund", -30),
        1 => ("adjustment", -10),
        _ => ("payment", 100 + i64::try_from(dice.below(100)).unwrap()),
    };
    let mut body = json!({
        "transaction_id": format!("tx-{}", dice.below(150)), "seller_id": seller,
        "kind": kind, "gross": money(minor),
    });
    if kind == "payment" {
        body["fee"] = money(7);
    }
    if dice.chance(30) {
        body["payment_intent"] = json!(format!("pi_{}", dice.below(8)));
    }
    if dice.chance(40) {
        body["transfer"] = json!(format!("tr_{}", dice.below(60)));
    }
    if dice.chance(20) {
        body["available_on"] = json!("2099-01-01T00:00:00Z");
    }
    body
}

fn money(minor: i64) -> Json {
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, cents) = (minor.abs() / 100, minor.abs() % 100);
    json!({ "amount": format!("{sign}{whole}.{cents:02}"), "currency": "usd" })
}
