//! What a batch reads before its transaction begins.

use std::collections::HashMap;

use domain::{
    Event,
    id::{Alias, Fingerprint, Owner, StreamId, Tenant},
    view::Stream,
};

use crate::{
    database::Database,
    error::StoreError,
    inbox::{Archived, Standing, WebhookKey},
    reply::StoredOutcome,
    row::Row,
    snapshot,
    sql::Value,
    statements,
};

/// A stored answer.
#[derive(Debug)]
pub(crate) struct Receipt {
    pub(crate) input_hash: String,
    pub(crate) outcome: StoredOutcome,
}

/// The answers stored under some keys.
pub(crate) async fn receipts(
    database: &Database,
    tenant: &Tenant,
    keys: Vec<&str>,
) -> Result<HashMap<String, Receipt>, StoreError> {
    let values = [Value::Text(tenant.as_str()), Value::Texts(keys)];
    let rows = database
        .look_up(&statements::LOAD_RECEIPTS, &values)
        .await?;
    let receipt = |row: &Row| {
        let outcome =
            serde_json::from_str(&row.text("outcome")?).map_err(|source| StoreError::Stored {
                what: "receipt",
                source,
            })?;
        Ok((
            row.text("idempotency_key")?,
            Receipt {
                input_hash: row.text("input_hash")?,
                outcome,
            },
        ))
    };
    rows.iter().map(receipt).collect()
}

/// Where the events of a stored answer are.
pub(crate) async fn positions(
    database: &Database,
    tenant: &Tenant,
    events: &[(String, u64, String)],
) -> Result<HashMap<(String, u64), i64>, StoreError> {
    if events.is_empty() {
        return Ok(HashMap::new());
    }
    let streams = events
        .iter()
        .map(|(stream, _, _)| stream.as_str())
        .collect();
    // Versions are counts of rows, far below the limit of 64 bits.
    let versions = events
        .iter()
        .map(|(_, version, _)| i64::try_from(*version).unwrap_or(i64::MAX))
        .collect();
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(streams),
        Value::Ints(versions),
    ];
    let rows = database
        .look_up(&statements::LOAD_POSITIONS, &values)
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                (row.text("stream")?, row.count("version")?),
                row.int("position")?,
            ))
        })
        .collect()
}

/// Which of some webhooks are in the archive, and what became of them.
pub(crate) async fn archived(
    database: &Database,
    tenant: &Tenant,
    keys: &[(&str, &str)],
) -> Result<HashMap<WebhookKey, Standing>, StoreError> {
    let ids = keys.iter().map(|(id, _)| *id).collect();
    let hashes = keys.iter().map(|(_, hash)| *hash).collect();
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(ids),
        Value::Texts(hashes),
    ];
    let rows = database
        .look_up(&statements::FIND_ARCHIVED, &values)
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                (row.text("event_id")?, row.text("body_hash")?),
                Standing::of(row)?,
            ))
        })
        .collect()
}

/// The place of the first webhook of each of some objects that is dead or waits, but
/// for those at the given places.
pub(crate) async fn blocked(
    database: &Database,
    tenant: &Tenant,
    objects: Vec<&str>,
    but: Vec<i64>,
) -> Result<Vec<(String, i64)>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(objects),
        Value::Ints(but),
    ];
    let rows = database.look_up(&statements::FIND_BLOCKED, &values).await?;
    rows.iter()
        .map(|row| Ok((row.text("object")?, row.int("sequence")?)))
        .collect()
}

/// What parked webhooks wait for although it is there.
pub(crate) async fn arrived(database: &Database) -> Result<Vec<(Tenant, String)>, StoreError> {
    let rows = database.look_up(&statements::FIND_ARRIVED, &[]).await?;
    rows.iter()
        .map(|row| Ok((Tenant::new(row.text("tenant")?)?, row.text("reason")?)))
        .collect()
}

/// How many parked webhooks are taken up at once.
const PARKED_PAGE: i64 = 1000;

/// The webhooks that wait for some things and may come in, in order of arrival.
pub(crate) async fn parked(
    database: &Database,
    tenant: &Tenant,
    reasons: Vec<&str>,
) -> Result<Vec<Archived>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(reasons),
        Value::Int(PARKED_PAGE),
    ];
    let rows = database.look_up(&statements::FIND_PARKED, &values).await?;
    rows.iter()
        .map(|row| {
            Ok(Archived {
                event_id: row.text("event_id")?,
                body_hash: Fingerprint::stored(&row.text("body_hash")?),
                object: row.opt_text("object")?,
                body: row.bytes("body")?,
            })
        })
        .collect()
}

/// Who owns some aliases; every one asked for is in the answer.
pub(crate) async fn aliases(
    database: &Database,
    tenant: &Tenant,
    wanted: Vec<Alias>,
) -> Result<HashMap<Alias, Option<Owner>>, StoreError> {
    let names: Vec<String> = wanted.iter().map(Alias::to_string).collect();
    let texts = names.iter().map(String::as_str).collect();
    let values = [Value::Text(tenant.as_str()), Value::Texts(texts)];
    let rows = database.look_up(&statements::LOAD_ALIASES, &values).await?;
    let mut owners = HashMap::with_capacity(rows.len());
    for row in &rows {
        let owner = Owner {
            stream: StreamId::parse(&row.text("stream")?)?,
            fingerprint: Fingerprint::stored(&row.text("fingerprint")?),
        };
        owners.insert(row.text("alias")?, owner);
    }
    Ok(wanted
        .into_iter()
        .zip(names)
        .map(|(alias, name)| (alias, owners.remove(&name)))
        .collect())
}

/// The folded state of some streams; every one asked for is in the answer. Long
/// ones begin at a snapshot, and leave a newer one behind.
pub(crate) async fn streams(
    database: &Database,
    tenant: &Tenant,
    wanted: Vec<StreamId>,
) -> Result<HashMap<StreamId, Stream>, StoreError> {
    let mut streams = snapshot::load(database, tenant, &wanted).await?;
    let after: HashMap<StreamId, u64> = streams
        .iter()
        .map(|(id, stream)| (id.clone(), stream.version))
        .collect();
    let from = |id: &StreamId| after.get(id).copied().unwrap_or(0);
    // Versions are counts of rows, far below the limit of 64 bits.
    let versions = wanted
        .iter()
        .map(|id| i64::try_from(from(id)).unwrap_or(i64::MAX))
        .collect();
    let names = wanted.iter().map(StreamId::as_str).collect();
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(names),
        Value::Ints(versions),
    ];
    for row in database.look_up(&statements::LOAD_STREAMS, &values).await? {
        let id = StreamId::parse(&row.text("stream")?)?;
        let event = event(&row)?;
        let stream = streams
            .remove(&id)
            .unwrap_or_else(|| Stream::empty(id.aggregate()));
        streams.insert(id, stream.evolve(&event));
    }
    for id in wanted {
        streams
            .entry(id)
            .or_insert_with_key(|id| Stream::empty(id.aggregate()));
    }
    for (id, stream) in &streams {
        if stream.version >= from(id) + snapshot::EVERY {
            snapshot::save(database, tenant, id, stream);
        }
    }
    Ok(streams)
}

fn event(row: &Row) -> Result<Event, StoreError> {
    let schema_version = u16::try_from(row.int("schema_version")?).unwrap_or(0);
    let position = row.int("position")?;
    Event::decode(&row.text("type")?, schema_version, &row.text("data")?)
        .map_err(|source| StoreError::Event { position, source })
}
