//! Snapshots: the folded state of long streams, so that they need not be folded
//! from their first event each time. Only balances grow long.
//!
//! A snapshot is never the truth. It may be deleted at any time, and one that
//! cannot be read is passed over.

use std::collections::HashMap;

use domain::{
    State,
    balance::Balance,
    id::{Aggregate, StreamId, Tenant},
    view::Stream,
};
use tracing::warn;

use crate::{
    database::Database,
    error::{StoreError, chain},
    settings::Isolation,
    sql::Value,
    statements,
};

/// A new snapshot is kept when so many events have come since the last one.
pub(crate) const EVERY: u64 = 2_000;

/// The shape of the states. To be raised whenever [`Balance`] changes its shape
/// or its meaning: snapshots of another format are not read.
const FORMAT: i64 = 1;

/// The snapshots there are of some streams.
pub(crate) async fn load(
    database: &Database,
    tenant: &Tenant,
    wanted: &[StreamId],
) -> Result<HashMap<StreamId, Stream>, StoreError> {
    let long = wanted
        .iter()
        .filter(|id| id.aggregate() == Aggregate::Balance);
    let names: Vec<&str> = long.map(StreamId::as_str).collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(names),
        Value::Int(FORMAT),
    ];
    let mut streams = HashMap::new();
    for row in database
        .look_up(&statements::LOAD_SNAPSHOTS, &values)
        .await?
    {
        let id = StreamId::parse(&row.text("stream")?)?;
        match serde_json::from_str::<Balance>(&row.text("state")?) {
            Ok(balance) => {
                let version = row.count("version")?;
                streams.insert(
                    id,
                    Stream {
                        version,
                        state: State::Balance(balance),
                    },
                );
            }
            Err(error) => warn!(stream = id.as_str(), %error, "passed over a snapshot"),
        }
    }
    Ok(streams)
}

/// Keeps a snapshot, beside the caller's work: nobody waits for it.
pub(crate) fn save(database: &Database, tenant: &Tenant, id: &StreamId, stream: &Stream) {
    let State::Balance(balance) = &stream.state else {
        return;
    };
    let Ok(state) = serde_json::to_string(balance) else {
        return;
    };
    let (database, tenant, id) = (database.clone(), tenant.clone(), id.clone());
    let version = i64::try_from(stream.version).unwrap_or(i64::MAX);
    tokio::spawn(async move {
        if let Err(error) = write(&database, &tenant, &id, version, &state).await {
            warn!(
                stream = id.as_str(),
                error = chain(&error),
                "could not keep a snapshot"
            );
        }
    });
}

async fn write(
    database: &Database,
    tenant: &Tenant,
    id: &StreamId,
    version: i64,
    state: &str,
) -> Result<(), StoreError> {
    let mut tx = database
        .gated("snapshot")
        .isolation(Isolation::ReadCommitted)
        .open()
        .await?;
    let values = [
        Value::Text(tenant.as_str()),
        Value::Text(id.as_str()),
        Value::Int(version),
        Value::Int(FORMAT),
        Value::Text(state),
    ];
    tx.execute(&statements::SAVE_SNAPSHOT, &values).await?;
    tx.commit().await
}
