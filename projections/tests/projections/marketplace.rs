//! A small marketplace that lives at random: several sellers and currencies, payments,
//! refunds, disputes, and payouts that are made, fail and are paid.

use serde_json::{Value as Json, json};

use crate::{
    books::{Books, payout_id},
    history::Dice,
};

pub(crate) const SELLERS: [&str; 3] = ["seller-b", "Seller-a", "séller/1"];
/// Two, no and three digits behind the point.
pub(crate) const CURRENCIES: [&str; 3] = ["usd", "jpy", "kwd"];
/// So many payouts are known by their numbers, from 1.
pub(crate) const PAYOUTS: u64 = 40;

fn one_of<'a>(dice: &mut Dice, words: &[&'a str]) -> &'a str {
    words[usize::try_from(dice.below(u64::try_from(words.len()).unwrap())).unwrap()]
}

fn money(currency: &str, minor: i64) -> Json {
    let digits = match currency {
        "jpy" => 0,
        "kwd" => 3,
        _ => 2,
    };
    let sign = if minor < 0 { "-" } else { "" };
    let scale = 10_i64.pow(digits);
    let (whole, rest) = (minor.abs() / scale, minor.abs() % scale);
    let amount = match digits {
        0 => format!("{sign}{whole}"),
        3 => format!("{sign}{whole}.{rest:03}"),
        _ => format!("{sign}{whole}.{rest:02}"),
    };
    json!({ "amount": amount, "currency": currency })
}

/// One thing that happens, or is refused.
pub(crate) async fn step(books: &Books, dice: &mut Dice, number: u64) {
    let seller = one_of(dice, &SELLERS);
    let currency = one_of(dice, &CURRENCIES);
    let payout = payout_id(u128::from(dice.below(PAYOUTS)) + 1);
    match dice.below(24) {
        0..=7 => {
            let body = transaction(dice, number, (seller, currency));
            books.command("record-transaction", body).await;
        }
        8..=11 => {
            let body = json!({ "seller_id": seller, "currency": currency, "payout_id": payout });
            books.command("request-payout", body).await;
        }
        12..=13 => {
            let body = json!({ "payout_id": payout, "stripe_payout_id": format!("po_{payout}") });
            books.command("submit-payout", body).await;
        }
        14..=15 => {
            let body = json!({ "payout_id": payout });
            books.command("mark-payout-paid", body).await;
        }
        16 => {
            let body = json!({ "payout_id": payout, "failure_code": "account_closed" });
            books.command("mark-payout-failed", body).await;
        }
        17 => {
            let body = json!({ "payout_id": payout, "reason": "asked to" });
            books.command("cancel-payout", body).await;
        }
        18 => {
            let body = json!({
                "transaction_id": format!("tx-{}", dice.below(number + 1)),
                "seller_id": seller, "currency": currency,
            });
            let name = one_of(dice, &["release-transaction", "fail-transaction"]);
            books.command(name, body).await;
        }
        _ => told(books, dice, number).await,
    }
}

fn transaction(dice: &mut Dice, number: u64, (seller, currency): (&str, &str)) -> Json {
    let minor = 10 * (100 + i64::try_from(dice.below(900)).unwrap());
    let (kind, minor) = match dice.below(6) {
        0 => ("refund", -minor / 20 * 10),
        1 => ("dispute", -minor / 20 * 10),
        _ => ("payment", minor),
    };
    let mut body = json!({
        "transaction_id": format!("tx-{number}"), "seller_id": seller, "kind": kind,
        "gross": money(currency, minor), "order_id": format!("order-{}", number / 2),
    });
    if kind == "payment" {
        body["fee"] = money(currency, 70);
        if dice.below(3) == 0 {
            body["payment_intent"] = json!(format!("pi_{}", dice.below(9)));
        }
        if dice.below(4) == 0 {
            body["transfer"] = json!(format!("tr_{number}"));
        }
        if dice.below(5) == 0 {
            body["available_on"] = json!("2099-01-01T00:00:00Z");
        }
    }
    body
}

async fn told(books: &Books, dice: &mut Dice, number: u64) {
    let event = format!("evt_{number}");
    let payment = format!("pi_{}", dice.below(9));
    let (name, object) = match dice.below(6) {
        0..=1 => (
            "payment_intent.succeeded",
            json!({ "id": payment, "object": "payment_intent", "status": "succeeded" }),
        ),
        2 => (
            "charge.dispute.created",
            json!({
                "id": format!("dp_{payment}"), "object": "dispute", "payment_intent": payment,
                "status": "needs_response",
            }),
        ),
        3 => (
            "charge.dispute.closed",
            json!({
                "id": format!("dp_{payment}"), "object": "dispute", "payment_intent": payment,
                "status": "won",
            }),
        ),
        4 => adopted(dice),
        _ => of_ours(dice),
    };
    drop(books.deliver(&event, name, object).await);
}

/// Stripe tells of one of the payouts it has made by itself.
fn adopted(dice: &mut Dice) -> (&'static str, Json) {
    let status = one_of(dice, &["pending", "in_transit", "paid", "failed"]);
    let name = match status {
        "paid" => "payout.paid",
        "failed" => "payout.failed",
        _ => "payout.updated",
    };
    let object = json!({
        "id": format!("po_auto_{}", dice.below(5)), "object": "payout", "amount": 1230,
        "currency": "usd", "status": status, "failure_code": "account_closed",
        "arrival_date": 1_800_000_000, "metadata": {},
    });
    (name, object)
}

/// Stripe tells of one that was requested here.
fn of_ours(dice: &mut Dice) -> (&'static str, Json) {
    let payout = payout_id(u128::from(dice.below(PAYOUTS)) + 1);
    let object = json!({
        "id": format!("po_{payout}"), "object": "payout", "amount": 1230, "currency": "usd",
        "status": "in_transit", "arrival_date": 1_800_000_000 + 86_400 * dice.below(9),
        "metadata": { "payout_id": payout },
    });
    ("payout.updated", object)
}
