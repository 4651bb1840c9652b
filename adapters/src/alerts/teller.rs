//! Who is told: the log, NATS, a webhook, and whoever watches live.

use async_nats::Client;
use domain::id::Tenant;
use serde_json::Value as Json;
use store::alerts::AlertRow;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::{Live, kind::Level, to_json, webhook::News};
use crate::nats::alert_subject;

/// Tells of alerts. Nobody who is slow to hear holds it up.
#[derive(Debug)]
pub(crate) struct Teller {
    /// Whose service.
    pub(crate) tenant: Tenant,
    /// NATS, if there is one.
    pub(crate) nats: Option<Client>,
    /// The webhook's queue, if there is one.
    pub(crate) webhook: Option<mpsc::Sender<News>>,
    /// Whoever watches.
    pub(crate) live: Live,
}

impl Teller {
    /// Tells that an alert fires, or is over.
    pub(crate) fn tell(&self, row: &AlertRow) {
        log(row);
        let json = to_json(row);
        self.publish(&json);
        if let Some(webhook) = &self.webhook {
            let news = News::of(row, json.clone());
            if webhook.try_send(news).is_err() {
                warn!(
                    alert = row.alert,
                    "the webhook is too slow: it is not told of this alert"
                );
            }
        }
        // Nobody may be watching.
        let _ = self.live.send(json);
    }

    /// Not awaited to its end: NATS may be what the alert is about.
    fn publish(&self, json: &Json) {
        let Some(client) = self.nats.clone() else {
            return;
        };
        let (subject, body) = (alert_subject(&self.tenant), json.to_string());
        tokio::spawn(async move {
            if let Err(error) = client.publish(subject, body.into()).await {
                warn!(%error, "an alert cannot be published");
            }
        });
    }
}

fn log(row: &AlertRow) {
    let (alert, subject, message) = (&row.alert, &row.subject, &row.message);
    if row.resolved_at.is_some() {
        info!(alert, subject, count = row.count, "an alert is over");
        return;
    }
    match Level::parse(&row.level) {
        Some(Level::Critical | Level::Error) => {
            error!(alert, subject, level = row.level, message, "an alert fires");
        }
        Some(Level::Warning) => warn!(alert, subject, level = row.level, message, "an alert fires"),
        Some(Level::Info) | None => {
            info!(alert, subject, level = row.level, message, "an alert fires");
        }
    }
}
