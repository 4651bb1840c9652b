//! Announcements of dead letters: a hint for people and alarms. The dead letter
//! itself is in the ledger's archive.

use std::time::Duration;

use async_nats::{Client, HeaderMap};
use domain::{
    id::Tenant,
    stripe::{Meaning, Mode, translate},
};
use serde_json::json;
use tracing::warn;

use super::subject;
use crate::telemetry::spans;

/// An announcement is worth no longer wait: nobody is held up by a server that is away.
const WITHIN: Duration = Duration::from_secs(1);

/// Tells operators of dead letters, whichever way they came in: by the log, and over
/// NATS if there is one.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: Option<Client>,
}

impl DeadLetters {
    /// By the log, and over this connection.
    #[must_use]
    pub const fn new(client: Option<Client>) -> Self {
        Self { client }
    }

    /// The connection, if there is one.
    #[must_use]
    pub const fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// Announces a Stripe event that was archived as dead. The body is not part of
    /// it: who may read announcements need not be allowed to read payloads.
    pub async fn announce(&self, tenant: &Tenant, (body, mode): (&[u8], Mode), reason: &str) {
        let event = translate(body, mode);
        let detail = match event.meaning {
            Meaning::Dead { detail, .. } => Some(detail),
            Meaning::Fact(_) | Meaning::Ignored(_) => None,
        };
        warn!(%tenant, event_id = event.event_id, event_type = event.event_type,
            object = event.object, reason,
            "a Stripe event cannot be applied; kept as a dead letter");
        let Some(client) = &self.client else { return };
        let letter = json!({
            "event_id": event.event_id,
            "event_type": event.event_type,
            "object": event.object,
            "reason": reason,
            "detail": detail,
        });
        let mut headers = HeaderMap::new();
        spans::pass_on(&mut headers);
        let (subject, body) = (subject::dead_letter(tenant), letter.to_string().into());
        let sending = client.publish_with_headers(subject, headers, body);
        match tokio::time::timeout(WITHIN, sending).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(%error, "a dead letter could not be announced"),
            Err(_) => warn!("a dead letter could not be announced in time"),
        }
    }
}
