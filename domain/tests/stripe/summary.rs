//! One line of text for what an event means, so that a table of cases reads well.

use domain::stripe::{
    Fact, Meaning, Mode, PayoutReport, PayoutStatus, TransferReport, Translation, translate,
};
use serde_json::{Value, json};

/// An event of that type about that object, as Stripe sends it in test mode.
pub(super) fn event(event_type: &str, object: Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "type": event_type, "livemode": false,
        "data": {"object": object},
    })
}

/// The object with other fields; `null` takes a field out.
pub(super) fn with(mut object: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    if let Value::Object(members) = &mut object {
        members.retain(|_, value| !value.is_null());
    }
    object
}

/// What a ledger in test mode makes of an event.
pub(super) fn meaning(event: &Value) -> String {
    summary(&translate(event.to_string().as_bytes(), Mode::Test))
}

/// The meaning in a line.
pub(super) fn summary(translation: &Translation) -> String {
    match &translation.meaning {
        Meaning::Fact(fact) => told(fact),
        Meaning::Ignored(reason) => format!("ignored: {reason}"),
        Meaning::Dead { reason, detail } => format!("dead: {reason}: {detail}"),
    }
}

fn told(fact: &Fact) -> String {
    match fact {
        Fact::Payout(report) => payout(report),
        Fact::Transfer(report) => transfer(report),
        Fact::PaymentSucceeded(payment) => format!("{payment} succeeded"),
        Fact::PaymentCanceled(payment) => format!("{payment} canceled"),
        Fact::PaymentAttemptFailed(payment) => format!("{payment} attempt failed"),
        Fact::PaymentRefunded(payment, so_far) => format!("{payment} refunded {so_far}"),
        Fact::DisputeOpened(payment, dispute) => format!("{payment} disputed by {dispute}"),
        Fact::DisputeClosed(payment, dispute, outcome) => {
            format!("{payment} dispute {dispute} closed, {outcome:?}")
        }
    }
}

fn payout(report: &PayoutReport) -> String {
    let mut line = format!("{} {}", report.stripe_payout_id, report.amount);
    line += &match &report.status {
        PayoutStatus::Pending => " pending".to_owned(),
        PayoutStatus::InTransit => " in_transit".to_owned(),
        PayoutStatus::Paid => " paid".to_owned(),
        PayoutStatus::Canceled => " canceled".to_owned(),
        PayoutStatus::Failed { code, message } => match message {
            Some(message) => format!(" failed ({code}: {message})"),
            None => format!(" failed ({code})"),
        },
    };
    if report.method.as_str() != "standard" {
        line += &format!(", {}", report.method.as_str());
    }
    if let Some(arrival) = report.arrival_date {
        line += &format!(", arrives {arrival}");
    }
    if let Some(account) = &report.account {
        line += &format!(", of {account}");
    }
    if let Some(id) = report.payout_id {
        line += &format!(", ours {id}");
    }
    line
}

fn transfer(report: &TransferReport) -> String {
    let mut line = format!("{} {}", report.transfer_id, report.amount);
    if let Some(account) = &report.destination {
        line += &format!(" to {account}");
    }
    if report.reversed.amount.is_positive() {
        line += &format!(", reversed {}", report.reversed);
    }
    line
}
