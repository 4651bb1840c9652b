//! Commands and webhooks in one line each, and what was answered.

use domain::{
    Code, Command, Refusal,
    id::{IdempotencyKey, Tenant},
    stripe::Mode,
};
use serde_json::{Value, json};
use store::{Acceptance, Delivery, Ingested, Ledger, Reply, Request};
use uuid::Uuid;

fn command(name: &str, fields: &Value) -> Command {
    Command::parse(name, fields.to_string().as_bytes()).expect("a command of the contract")
}

/// Money of a seller's that is available at once.
pub fn earn(seller: &str, transaction: &str, cents: i64) -> Command {
    let kind = if cents > 0 { "payment" } else { "refund" };
    let sign = if cents < 0 { "-" } else { "" };
    let amount = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
    command(
        "record-transaction",
        &json!({
            "transaction_id": transaction,
            "seller_id": seller,
            "kind": kind,
            "gross": {"amount": amount, "currency": "usd"},
        }),
    )
}

/// All that is eligible.
pub fn request_payout(seller: &str) -> Command {
    let fields = json!({"seller_id": seller, "currency": "usd"});
    command("request-payout", &fields)
}

/// All that is eligible, under an id of the caller's.
pub fn request_payout_as(seller: &str, payout: Uuid) -> Command {
    let fields = json!({"seller_id": seller, "currency": "usd", "payout_id": payout});
    command("request-payout", &fields)
}

pub fn submit_payout(payout: Uuid, stripe: &str) -> Command {
    let fields = json!({"payout_id": payout, "stripe_payout_id": stripe});
    command("submit-payout", &fields)
}

pub fn register(seller: &str, account: &str) -> Command {
    let fields = json!({"seller_id": seller, "stripe_account": account});
    command("register-seller", &fields)
}

pub fn fail_payout(payout: Uuid) -> Command {
    let fields = json!({"payout_id": payout, "failure_code": "account_closed"});
    command("mark-payout-failed", &fields)
}

pub fn tenant() -> Tenant {
    Tenant::default_tenant()
}

/// A command without a key.
pub fn once(command: Command) -> Request {
    Request {
        tenant: tenant(),
        command,
        key: None,
    }
}

/// A command under a key.
pub fn keyed(key: &str, command: Command) -> Request {
    Request {
        key: Some(IdempotencyKey::new(key).expect("a key")),
        ..once(command)
    }
}

/// Executes a command that must be accepted.
pub async fn accepted(ledger: &Ledger, command: Command) -> Acceptance {
    acceptance(ledger.execute(once(command)).await)
}

#[track_caller]
pub fn acceptance(reply: Reply) -> Acceptance {
    match reply {
        Reply::Accepted(acceptance) => acceptance,
        Reply::Refused(refusal) => panic!("refused: {refusal}"),
    }
}

#[track_caller]
pub fn refusal(reply: Reply) -> Refusal {
    match reply {
        Reply::Accepted(acceptance) => panic!("accepted: {acceptance:?}"),
        Reply::Refused(refusal) => refusal,
    }
}

pub fn code(reply: &Reply) -> Option<Code> {
    match reply {
        Reply::Accepted(_) => None,
        Reply::Refused(refusal) => Some(refusal.code),
    }
}

/// An event of Stripe's about a payout; `ours` goes into its metadata.
pub struct PayoutEvent<'a> {
    pub id: &'a str,
    pub stripe: &'a str,
    pub ours: Option<Uuid>,
    pub cents: i64,
}

impl PayoutEvent<'_> {
    /// The body, told by an event such as `payout.paid`.
    pub fn told(&self, verb: &str) -> Vec<u8> {
        let status = match verb {
            "created" => "pending",
            "updated" => "in_transit",
            final_status => final_status,
        };
        let metadata = match self.ours {
            Some(id) => json!({"payout_id": id}),
            None => json!({}),
        };
        let event = json!({
            "id": self.id,
            "object": "event",
            "type": format!("payout.{verb}"),
            "livemode": false,
            "data": {"object": {
                "id": self.stripe,
                "object": "payout",
                "amount": self.cents,
                "currency": "usd",
                "status": status,
                "metadata": metadata,
            }},
        });
        event.to_string().into_bytes()
    }
}

pub fn delivery(body: impl Into<Vec<u8>>) -> Delivery {
    Delivery {
        tenant: tenant(),
        body: body.into(),
        mode: Mode::Test,
    }
}

/// Ingests a webhook that the ledger must take, whatever it makes of it.
pub async fn ingested(ledger: &Ledger, body: impl Into<Vec<u8>>) -> Ingested {
    ledger
        .ingest(delivery(body))
        .await
        .unwrap_or_else(|refusal| panic!("not taken: {refusal}"))
}
