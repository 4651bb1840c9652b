//! Alerts: conditions that somebody should know of, told once, and told when they are over.
//!
//! | what | file |
//! |---|---|
//! | which there are, how bad each is, and what to do | `alerts/kind.rs` |
//! | when a condition holds: plain functions over what was read | `alerts/rules.rs` |
//! | reading, remembering, resolving | `alerts/watcher.rs` |
//! | looking at the seals | `alerts/scrubber.rs` |
//! | telling: log, NATS, webhook | `alerts/teller.rs`, `alerts/webhook.rs` |
//! | questions: command line, NATS, HTTP | `alerts/question.rs` |
//! | the score of all that | `alerts/health.rs` |
//!
//! One condition about one subject is one alert, whoever sees it: a unique key of the table
//! decides which instance was first, and that one tells. As long as the condition is seen, count
//! and time of the last sighting go up. An alert is over when its condition was not seen for the
//! whole window (`[alerts] window_secs`, 5 minutes): that is its hysteresis, so a condition that
//! comes and goes within the window is told once.
//!
//! To add an alert: a variant of [`Kind`], its rule, a line in docs/alerts.md, and a test in
//! `tests/suite/alerts` that causes its condition.

mod health;
mod kind;
mod question;
mod rules;
mod scrubber;
mod teller;
mod watcher;
mod webhook;

use serde_json::{Value as Json, json};
use store::{alerts::AlertRow, row::sqlite_time};
use tokio::sync::broadcast;

pub use self::{
    health::{Health, Reason, Recommendation},
    kind::{Kind, Level},
    rules::{Condition, Seen},
    watcher::Watcher,
};

pub use self::{
    question::{Page, PageError, Question, page},
    webhook::WebhookError,
};

pub(crate) use self::{
    health::judge,
    question::{MAX_LIMIT, STATES},
    teller::Teller,
    webhook::{BACKLOG, Webhook},
};

/// News of alerts, for whoever shows them as they come: what [`to_json`] makes of each.
pub type Live = broadcast::Sender<Json>;

/// So many news may wait for a slow listener before it misses some.
pub const LIVE_BACKLOG: usize = 256;

/// An alert as it is told everywhere.
#[must_use]
pub fn to_json(row: &AlertRow) -> Json {
    json!({
        "id": row.id,
        "alert": row.alert,
        "level": row.level,
        "state": state(row),
        "subject": row.subject,
        "message": row.message,
        "fired_at": sqlite_time(row.fired_at),
        "last_seen_at": sqlite_time(row.last_seen_at),
        "resolved_at": row.resolved_at.map(sqlite_time),
        "count": row.count,
    })
}

/// `firing` or `resolved`.
const fn state(row: &AlertRow) -> &'static str {
    if row.resolved_at.is_some() {
        "resolved"
    } else {
        "firing"
    }
}
