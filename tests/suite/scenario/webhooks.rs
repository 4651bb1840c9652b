//! Stripe's events of one payout, as they come: several tellings, in any order,
//! more than once.

use serde_json::{Value, json};

/// How a payout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Paid,
    Failed,
    Canceled,
    PaidThenFailed,
}

impl Fate {
    pub const ALL: [Self; 4] = [
        Self::Paid,
        Self::Failed,
        Self::Canceled,
        Self::PaidThenFailed,
    ];

    /// The status that the payout has in the end, whatever the order.
    pub fn status(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Failed | Self::PaidThenFailed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Event types with the status their object has.
    fn told(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Paid => &[
                ("created", "pending"),
                ("updated", "in_transit"),
                ("paid", "paid"),
            ],
            Self::Failed => &[
                ("created", "pending"),
                ("updated", "in_transit"),
                ("failed", "failed"),
            ],
            Self::Canceled => &[("created", "pending"), ("canceled", "canceled")],
            Self::PaidThenFailed => &[
                ("created", "pending"),
                ("updated", "in_transit"),
                ("paid", "paid"),
                ("failed", "failed"),
            ],
        }
    }

    /// Stripe's events of a payout with this fate, each once, in order.
    pub fn events(self, payout_id: &str, stripe_id: &str, minor: i64) -> Vec<Event> {
        self.told()
            .iter()
            .map(|(kind, status)| Event::new(kind, status, payout_id, stripe_id, minor))
            .collect()
    }
}

/// One event of Stripe's.
#[derive(Debug, Clone)]
pub struct Event {
    pub name: String,
    pub body: String,
}

impl Event {
    fn new(kind: &str, status: &str, payout_id: &str, stripe_id: &str, minor: i64) -> Self {
        let id = format!("evt_{stripe_id}_{kind}");
        let name = format!("payout.{kind}");
        let failure = |text: &str| {
            if status == "failed" {
                json!(text)
            } else {
                Value::Null
            }
        };
        let body = json!({
            "id": id, "object": "event", "api_version": "2026-08-26.dahlia",
            "account": "acct_1", "created": 1_764_028_800, "livemode": false,
            "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
            "type": name,
            "data": {"object": {
                "id": stripe_id, "object": "payout", "amount": minor, "currency": "usd",
                "arrival_date": 1_764_028_800, "automatic": false, "livemode": false,
                "metadata": {"payout_id": payout_id}, "method": "standard",
                "failure_code": failure("account_closed"),
                "failure_message": failure("The bank account has been closed"),
                "status": status, "type": "bank_account",
            }},
        });
        Self {
            name,
            body: body.to_string(),
        }
    }
}

/// Each event once or twice, all in one random order.
pub fn duplicated_and_shuffled(events: Vec<Event>) -> Vec<Event> {
    let again: Vec<_> = events
        .iter()
        .filter(|_| fastrand::bool())
        .cloned()
        .collect();
    let mut all = [events, again].concat();
    fastrand::shuffle(&mut all);
    all
}
