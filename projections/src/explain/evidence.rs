//! What proves that an event is as it was: its hash, and the seal that covers it.

use std::collections::BTreeMap;

use serde::Serialize;
use store::{Database, Recorded, StoreError, seal};

/// The proof of one event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// SHA-256 of what the event says, as 64 hexadecimal digits: what its block has sealed,
    /// unless somebody has changed it since.
    pub hash: Option<String>,
    /// The number of the sealed block that it is in.
    pub seal: Option<i64>,
}

/// Looks up the proofs of some events of one tenant, in their order.
///
/// # Errors
/// When the database fails.
pub(super) async fn of(
    database: &Database,
    events: &[Recorded],
) -> Result<Vec<Evidence>, StoreError> {
    let Some(first) = events.first() else {
        return Ok(Vec::new());
    };
    let places: Vec<_> = events.iter().map(|recorded| recorded.cursor).collect();
    let mut found = BTreeMap::new();
    for (stored, seal) in seal::sealed(database, &first.tenant, &places).await? {
        let hash = Some(stored.body().to_string());
        found.insert(stored.cursor, Evidence { hash, seal });
    }
    let proofs = places
        .iter()
        .map(|place| found.remove(place).unwrap_or_default());
    Ok(proofs.collect())
}
