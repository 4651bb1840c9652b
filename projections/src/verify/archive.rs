//! Nothing received is lost, and nothing of it was changed.

use domain::id::{Fingerprint, Tenant};
use futures::StreamExt;
use store::{Row, StoreError, Tx, Value};

use super::law::Law;
use crate::statements;

/// What a webhook can have come to.
const OUTCOMES: [&str; 4] = ["applied", "ignored", "parked", "dead"];

/// Each webhook came to something, and what, is told.
pub(super) async fn outcomes(tx: &mut Tx, tenant: &Tenant) -> Result<Law, StoreError> {
    let values = [Value::Text(tenant.as_str())];
    let rows = tx.fetch(&statements::COUNT_WEBHOOKS, &values).await?;
    let counts = rows.iter().map(counted).collect::<Result<Vec<_>, _>>()?;
    let unknown = counts
        .iter()
        .find(|(outcome, _)| !OUTCOMES.contains(&outcome.as_str()));
    let told: Vec<_> = counts
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    Ok(Law {
        note: (!told.is_empty()).then(|| told.join(", ")),
        ..Law::new(
            "every webhook came to a known outcome",
            counts.iter().map(|(_, count)| count).sum(),
            unknown.map(|(outcome, count)| format!("{count} with outcome {outcome:?}")),
        )
    })
}

fn counted(row: &Row) -> Result<(String, u64), StoreError> {
    Ok((row.text("outcome")?, row.count("webhooks")?))
}

/// Each body still has the hash that it is filed under.
pub(super) async fn bodies(tx: &mut Tx, tenant: &Tenant) -> Result<Law, StoreError> {
    let (mut checked, mut offender) = (0, None::<String>);
    let values = [Value::Text(tenant.as_str())];
    let mut rows = tx.scan(&statements::SCAN_BODIES, &values);
    while let Some(row) = rows.next().await {
        let row = row?;
        checked += 1;
        let digest = if row.has("digest") {
            Fingerprint::stored(&row.text("digest")?)
        } else {
            Fingerprint::of(row.bytes("body")?)
        };
        if digest.as_str() != row.text("body_hash")? {
            let event = row.text("event_id")?;
            if offender.as_ref().is_none_or(|first| event < *first) {
                offender = Some(event);
            }
        }
    }
    Ok(Law::new(
        "every archived webhook has the body it came with",
        checked,
        offender.map(|event| format!("event {event}: its body is not the one that was archived")),
    ))
}
