//! `payoutd reconcile --api`: what Stripe's API tells, held against the ledger.

mod trouble;

use std::collections::BTreeMap;

use adapters::sim::{Act, Conduct, Known, Opening, Settings, Simulator};
use domain::{id::Tenant, money::Currency, stripe::Mode};
use serde_json::{Value, json};
use store::Delivery;
use support::Finished;

use super::field::{Field, payout_id};
use crate::scenario::laws;

/// A payout of 10.50 usd, or of something else, that Stripe made for the ledger.
async fn made_at_stripe(simulator: &Simulator, n: usize, minor: u32) -> String {
    let id = payout_id(n);
    let body = format!("amount={minor}&currency=usd&metadata[payout_id]={id}");
    let call = form(simulator, "/v1/payouts", body);
    id_of(call.header("Stripe-Account", format!("acct_{n}"))).await
}

/// Money that the platform moved to an account.
async fn transferred(simulator: &Simulator, account: &str, minor: u32) {
    let body = format!("amount={minor}&currency=usd&destination={account}");
    id_of(form(simulator, "/v1/transfers", body)).await;
}

fn form(simulator: &Simulator, path: &str, body: String) -> reqwest::RequestBuilder {
    client()
        .post(format!("{}{path}", simulator.url()))
        .bearer_auth("sk_test_sim")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body)
}

/// A payout that Stripe makes by itself, of all that an account has.
async fn made_by_stripe(simulator: &Simulator, account: &str) -> String {
    let body = json!({"account": account, "currency": "usd"}).to_string();
    let call = client().post(format!("{}/sim/payouts", simulator.url()));
    id_of(call.body(body)).await
}

fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("a client")
}

async fn id_of(call: reqwest::RequestBuilder) -> String {
    let answer = call.send().await.expect("an answer");
    let payout: Value = answer.json().await.expect("JSON");
    payout["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no payout: {payout}"))
        .to_owned()
}

impl Field {
    /// The ledger learns Stripe's id of payout `n`.
    async fn told(&self, n: usize, id: &str) {
        let fields = json!({"payout_id": payout_id(n), "stripe_payout_id": id});
        self.accepts("submit-payout", fields).await;
    }

    /// Nobody knows what became of payout `n`.
    async fn in_doubt(&self, n: usize) {
        let attempt = json!({"payout_id": payout_id(n), "attempt": 1});
        self.accepts("begin-submission", attempt).await;
        let lost = json!({"payout_id": payout_id(n), "attempt": 1, "reason": "no answer"});
        self.accepts("put-payout-in-doubt", lost).await;
    }

    /// The ledger hears all that Stripe has to tell.
    async fn hears(&self) {
        for event in self.simulator.events() {
            let delivery = Delivery {
                tenant: Tenant::default_tenant(),
                body: event.body().as_bytes().to_vec(),
                mode: Mode::Test,
            };
            self.ledger.ingest(delivery).await.expect("it is taken");
        }
    }

    async fn reconcile(&self, args: &[&str]) -> Finished {
        let args = [&["reconcile", "--api"], args].concat();
        self.payoutd(&args).finish().await
    }

    /// Findings and summary, with the exit code that is expected.
    #[track_caller]
    fn compared(ended: &Finished, code: i32) -> (Vec<Value>, Value) {
        assert_eq!(ended.code, code, "{}\n{}", ended.stdout, ended.stderr);
        let told: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        let findings = told["findings"].as_array().expect("findings").clone();
        (findings, told["summary"].clone())
    }
}

/// Verdicts by account, with how often.
fn verdicts(findings: &[Value]) -> BTreeMap<(String, String), usize> {
    let mut verdicts = BTreeMap::new();
    for finding in findings {
        let text = |name: &str| finding[name].as_str().unwrap_or("-").to_owned();
        *verdicts
            .entry((text("account"), text("verdict")))
            .or_default() += 1;
    }
    verdicts
}

#[tokio::test]
async fn each_payout_of_every_account_gets_its_verdict() {
    let field = Field::with(Settings::default()).await;
    let stripe = &field.simulator;
    field.request_payouts(8).await;
    field.told(1, &made_at_stripe(stripe, 1, 1_050).await).await;
    // Stripe has made payout 2 twice.
    field.told(2, &made_at_stripe(stripe, 2, 1_050).await).await;
    made_at_stripe(stripe, 2, 77).await;
    field.told(3, "po_gone").await;
    field.told(4, &made_at_stripe(stripe, 4, 999).await).await;
    let paid = made_at_stripe(stripe, 5, 1_050).await;
    field.told(5, &paid).await;
    stripe.act(&paid, &Act::Post).expect("it is sent");
    stripe.act(&paid, &Act::Pay).expect("it arrives");
    // Nobody asked Stripe for payout 6; of 7 no answer came.
    field.in_doubt(7).await;
    made_at_stripe(stripe, 7, 1_050).await;
    field.told(8, &made_at_stripe(stripe, 8, 1_050).await).await;
    let gone = Conduct {
        calls: Known::find("account_invalid"),
        ..Conduct::default()
    };
    stripe.conduct(Some("acct_8"), gone);

    let ended = field.reconcile(&["--json", "--all"]).await;

    let (findings, summary) = Field::compared(&ended, 1);
    let expected = [
        ("acct_1", "matched"),
        ("acct_2", "matched"),
        ("acct_2", "missing_here"),
        ("acct_3", "missing_at_stripe"),
        ("acct_4", "amount_differs"),
        ("acct_5", "status_differs"),
        ("-", "not_submitted"),
        ("acct_7", "status_differs"),
        ("acct_8", "unreadable"),
    ];
    let expected: BTreeMap<_, _> = expected
        .map(|(account, verdict)| ((account.to_owned(), verdict.to_owned()), 1))
        .into();
    assert_eq!(verdicts(&findings), expected);
    let note = |verdict: &str, account: &str| {
        let found = findings
            .iter()
            .find(|one| one["verdict"] == verdict && one["account"] == account);
        let note = found.and_then(|one| one["note"].as_str());
        note.unwrap_or_default().to_owned()
    };
    assert!(note("missing_here", "acct_2").contains("paid twice"));
    assert!(note("status_differs", "acct_7").contains("it is in doubt here"));
    assert!(note("unreadable", "acct_8").starts_with("account_invalid"));
    assert_eq!(
        (&summary["accounts"], &summary["unreadable"]),
        (&json!(9), &json!(1))
    );
    assert_eq!(summary["payouts"]["explained"], "28.57");
}

#[tokio::test]
async fn one_seller_is_asked_about_alone_and_must_be_known() {
    let field = Field::with(Settings::default()).await;
    field.request_payouts(2).await;
    let id = made_at_stripe(&field.simulator, 1, 1_050).await;
    field.told(1, &id).await;
    field.told(2, "po_gone").await;

    let ended = field.reconcile(&["--seller", "seller-1"]).await;
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert!(
        ended
            .stdout
            .contains("payouts   1 matched; 100.00 % explained")
    );
    assert!(ended.stdout.contains("accounts  1 asked, 0 unreadable\n"));
    assert!(ended.stdout.contains("period    from "), "{}", ended.stdout);
    assert!(ended.stdout.ends_with("all agrees\n"), "{}", ended.stdout);
    let asked = field.simulator.calls();
    let others = asked
        .iter()
        .filter(|call| call.method == "GET" && call.account.as_deref() != Some("acct_1"));
    assert_eq!(others.count(), 0);

    let ended = field.reconcile(&["--seller", "sellr-1"]).await;
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("there is no seller sellr-1"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn dates_that_differ_at_the_ends_of_a_period_make_no_differences() {
    let field = Field::with(Settings::default()).await;
    field.request_payouts(2).await;
    // To the ledger this one is of today, and to Stripe of the day after tomorrow.
    field.simulator.advance(time::Duration::days(2));
    let id = made_at_stripe(&field.simulator, 1, 1_050).await;
    field.told(1, &id).await;
    let ended = field
        .reconcile(&["--seller", "seller-1", "--all", "--json"])
        .await;
    let (findings, _) = Field::compared(&ended, 0);
    assert_eq!(findings[0]["stripe_payout_id"], id);

    // This one was made before the period, and the ledger waits for it still.
    field.in_doubt(2).await;
    made_at_stripe(&field.simulator, 2, 1_050).await;
    let next_year = ["--since", "2100-01-01", "--until", "2100-02-01", "--json"];
    let ended = field.reconcile(&next_year).await;
    let (findings, _) = Field::compared(&ended, 1);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0]["payout_id"], payout_id(2));
    assert_eq!(findings[0]["verdict"], "status_differs");
}

#[tokio::test]
async fn more_payouts_than_a_page_has_are_all_compared() {
    const MANY: usize = 230;
    let field = Field::with(Settings::default()).await;
    for n in 1..=MANY {
        let body = format!("amount={n}&currency=usd");
        id_of(form(&field.simulator, "/v1/payouts", body)).await;
    }
    field.hears().await;
    let ended = field.reconcile(&["--json"]).await;
    let (_, summary) = Field::compared(&ended, 0);
    assert_eq!(summary["payouts"]["matched"], MANY);
}

#[tokio::test]
async fn items_of_stripes_own_payouts_are_listed_and_recorded_by_api() {
    let mut settings = Settings::default();
    settings.rules.opening = Opening::Exactly(Vec::new());
    let field = Field::with(settings).await;
    let stripe = &field.simulator;
    let usd = Currency::parse("usd").expect("a currency");
    stripe.set_balance(None, usd, 10_000);
    transferred(stripe, "acct_auto", 5_000).await;
    transferred(stripe, "acct_auto", 1_250).await;
    let id = made_by_stripe(stripe, "acct_auto").await;
    // Adopted before its account is registered, so its seller is the account.
    field.hears().await;
    let known = json!({"seller_id": "late", "stripe_account": "acct_auto"});
    field.accepts("register-seller", known).await;
    let period = ["--until", "2100-01-01", "--since", "2026-01-01", "--json"];

    let early = [&period[..], &["--items"]].concat();
    let (_, summary) = Field::compared(&field.reconcile(&early).await, 0);
    let note = summary["notes"][0].as_str().unwrap_or_default();
    assert!(
        note == "Stripe lists no items yet of automatic payouts: 1",
        "{summary}"
    );

    stripe.act(&id, &Act::Post).expect("it is sent");
    stripe.act(&id, &Act::Pay).expect("it arrives");
    field.hears().await;
    let (findings, summary) = Field::compared(&field.reconcile(&early).await, 1);
    assert_eq!(summary["payouts"]["matched"], 1, "{summary}");
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert_eq!(findings[0]["subject"], "item");
    assert_eq!(findings[0]["verdict"], "missing_here");

    let adopting = [&early[..], &["--adopt"]].concat();
    let (_, summary) = Field::compared(&field.reconcile(&adopting).await, 0);
    assert_eq!(summary["recorded"]["payouts"], 1, "{summary}");
    let (_, summary) = Field::compared(&field.reconcile(&adopting).await, 0);
    assert_eq!(summary["recorded"]["payouts"], 0, "again records nothing");
    assert_eq!(summary["items"]["matched"], 2);
    laws::check(field.ledger.database()).await;
}
