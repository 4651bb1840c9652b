//! Announcements of dead letters: a hint for people and alarms. The dead letter
//! itself is in the ledger's archive.

use async_nats::Client;
use domain::{
    id::Tenant,
    stripe::{Meaning, Mode, translate},
};
use serde_json::json;
use tracing::warn;

use super::subject;

/// Announces a Stripe event that was archived as dead. The body is not part of
/// it: who may read announcements need not be allowed to read payloads.
pub(super) async fn announce(
    client: &Client,
    tenant: &Tenant,
    (body, mode): (&[u8], Mode),
    reason: &str,
) {
    let event = translate(body, mode);
    let detail = match event.meaning {
        Meaning::Dead { detail, .. } => Some(detail),
        Meaning::Fact(_) | Meaning::Ignored(_) => None,
    };
    warn!(%tenant, event_id = event.event_id, event_type = event.event_type,
        object = event.object, reason, "a Stripe event cannot be applied; kept as a dead letter");
    let letter = json!({
        "event_id": event.event_id,
        "event_type": event.event_type,
        "object": event.object,
        "reason": reason,
        "detail": detail,
    });
    let sent = client
        .publish(subject::dead_letter(tenant), letter.to_string().into())
        .await;
    if let Err(error) = sent {
        warn!(%error, "a dead letter could not be announced");
    }
}
