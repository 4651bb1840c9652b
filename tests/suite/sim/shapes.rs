//! The simulator's objects beside real payloads: the same fields, of the same types.

use super::{SELLER, Stage, done, id};
use adapters::sim::Act;
use serde_json::Value;

fn payload(name: &str) -> Value {
    let path = format!("{}/payloads/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Every field of the real one is there, with the same type where both are filled.
/// Metadata is anybody's.
#[track_caller]
fn expect_shape(ours: &Value, real: &Value, place: &str) {
    if let (Value::Object(ours), Value::Object(real)) = (ours, real)
        && !place.ends_with("metadata")
        && !place.ends_with("previous_attributes")
    {
        for (name, value) in real {
            let place = format!("{place}.{name}");
            let found = ours
                .get(name)
                .unwrap_or_else(|| panic!("{place} is missing"));
            expect_shape(found, value, &place);
        }
    }
    if let (Value::Array(ours), Value::Array(real)) = (ours, real)
        && let (Some(ours), Some(real)) = (ours.first(), real.first())
    {
        expect_shape(ours, real, &format!("{place}[0]"));
    }
    let same = ours.is_null() || real.is_null() || kind(ours) == kind(real);
    assert!(
        same,
        "{place} is {} and should be {}",
        kind(ours),
        kind(real)
    );
}

/// No field that a full object of the newest version does not have.
#[track_caller]
fn expect_no_more(ours: &Value, full: &Value, place: &str) {
    let (Value::Object(ours), Value::Object(full)) = (ours, full) else {
        panic!("{place} is no object");
    };
    for name in ours.keys() {
        assert!(full.contains_key(name), "{place}.{name} is not Stripe's");
    }
}

fn body(event: &adapters::sim::Event) -> Value {
    serde_json::from_str(event.body()).expect("JSON")
}

#[tokio::test]
async fn events_of_payouts_look_like_stripes() {
    let stage = Stage::new().await;
    let failed = done(stage.payout("k-1", "100")).await;
    let fail = Act::Fail("could_not_process".to_owned());
    stage.sim.act(id(&failed), &fail).expect("it fails");
    let canceled = done(stage.payout("k-2", "100")).await;
    stage
        .sim
        .act(id(&canceled), &Act::Cancel)
        .expect("it is canceled");
    let paid = done(stage.payout("k-3", "100")).await;
    stage.sim.act(id(&paid), &Act::Pay).expect("it is paid");

    let table = [
        (
            "payout.created",
            "payout.created.stripe-ruby-mock-stripe-ruby-mock.1.json",
        ),
        ("payout.created", "own/payout.created.ledger.json"),
        ("payout.paid", "payout.paid.LocalOrbit-localorbit.1.json"),
        (
            "payout.paid",
            "payout.paid.stripe-ruby-mock-stripe-ruby-mock.1.json",
        ),
        (
            "payout.updated",
            "payout.updated.stripe-ruby-mock-stripe-ruby-mock.1.json",
        ),
        ("payout.failed", "own/payout.failed.coded.json"),
        ("payout.canceled", "own/payout.canceled.json"),
    ];
    let events = stage.sim.events();
    for (name, file) in table {
        let ours = events.iter().find(|event| event.kind == name).map(body);
        let (ours, real) = (ours.expect("an event"), payload(file));
        expect_shape(&ours, &real, name);
        if file.starts_with("own/") {
            expect_no_more(&ours, &real, name);
            expect_no_more(&ours["data"]["object"], &real["data"]["object"], name);
        }
    }
}

#[tokio::test]
async fn events_of_transfers_look_like_stripes() {
    let stage = Stage::new().await;
    let post = |path: &str, form: &[(&str, &str)]| {
        stage
            .client
            .post(stage.url(path))
            .form(form)
            .bearer_auth("sk_test_sim")
    };
    let form = [
        ("amount", "100"),
        ("currency", "usd"),
        ("destination", SELLER),
    ];
    let made = done(post("/v1/transfers", &form)).await;
    let path = format!("/v1/transfers/{}", id(&made));
    done(post(&path, &[("description", "for May")])).await;
    done(post(&format!("{path}/reversals"), &[("amount", "40")])).await;

    // The public fixtures of created and updated are bank payouts of before 2017.
    let table = [
        ("transfer.created", "own/transfer.created.json"),
        (
            "transfer.updated",
            "transfer.reversed.kaspernj-stripe_model_callbacks.1.json",
        ),
        (
            "transfer.reversed",
            "transfer.reversed.kaspernj-stripe_model_callbacks.1.json",
        ),
        ("transfer.reversed", "own/transfer.reversed.partly.json"),
    ];
    let events = stage.sim.events();
    for (name, file) in table {
        let ours = events
            .iter()
            .find(|event| event.kind == name)
            .map(body)
            .expect("an event");
        let real = payload(file);
        expect_shape(&ours, &real, name);
        expect_no_more(&ours["data"]["object"], &real["data"]["object"], name);
    }
}

#[tokio::test]
async fn a_balance_looks_like_stripes() {
    let stage = Stage::new().await;
    let ours = done(stage.get("/v1/balance")).await;
    let real = payload("balance.available.stripe-ruby-mock-stripe-ruby-mock.2.json");
    expect_shape(&ours, &real["data"]["object"], "balance");
}

/// The reader that the ledger itself has for Stripe's events understands all of them.
#[tokio::test]
async fn the_ledger_understands_every_event() {
    let stage = Stage::new().await;
    for (n, act) in [Act::Pay, Act::Cancel, Act::Fail("declined".to_owned())]
        .iter()
        .enumerate()
    {
        let made = done(stage.payout(&format!("k-{n}"), "100")).await;
        stage.sim.act(id(&made), act).expect("allowed");
    }
    let events = stage.sim.events();
    assert!(events.len() > 6);
    for event in events {
        let read = domain::stripe::translate(event.body().as_bytes(), domain::stripe::Mode::Test);
        let fact = matches!(read.meaning, domain::stripe::Meaning::Fact(_));
        assert!(fact, "{}: {:?}", event.kind, read.meaning);
    }
}
