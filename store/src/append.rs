//! A decided batch becomes rows: a fixed number of statements, whatever its size.

use domain::id::{Fingerprint, Tenant};
use time::OffsetDateTime;

use crate::{
    columns::{BulkRow, Columns, Kind},
    decided::{Decided, Head, Settled},
    error::StoreError,
    inbox::{ArchiveRow, SettledRow},
    job::{Subject, Work},
    recorded::Recorded,
    statements,
    transaction::Tx,
};

/// Counts and versions are far below 2^63; a wrong one would fail its guard.
fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

struct MovedRow<'b>(&'b Head);

impl BulkRow for MovedRow<'_> {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Text, Kind::Int, Kind::Int];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.0.tenant.as_str())
            .text(self.0.stream.as_str())
            .int(int(self.0.expected))
            .int(int(self.0.version));
    }
}

struct OpenedRow<'b>(&'b Head);

impl BulkRow for OpenedRow<'_> {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Text, Kind::Int];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.0.tenant.as_str())
            .text(self.0.stream.as_str())
            .int(int(self.0.version));
    }
}

struct EventRow<'b> {
    recorded: &'b Recorded,
    data: String,
}

impl BulkRow for EventRow<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let recorded = self.recorded;
        columns
            .text(recorded.tenant.as_str())
            .text(recorded.stream.as_str())
            .int(int(recorded.version))
            .text(recorded.event.name())
            .int(i64::from(recorded.event.schema_version()))
            .text(&self.data)
            .text(&recorded.metadata)
            .time(recorded.recorded_at);
    }
}

struct ReceiptRow<'b> {
    tenant: &'b Tenant,
    key: &'b str,
    command: &'static str,
    input_hash: &'b str,
    outcome: String,
    recorded_at: OffsetDateTime,
}

impl BulkRow for ReceiptRow<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.tenant.as_str())
            .text(self.key)
            .text(self.command)
            .text(self.input_hash)
            .text(&self.outcome)
            .time(self.recorded_at);
    }
}

struct AliasRow<'b>(&'b Recorded, String, Fingerprint);

impl BulkRow for AliasRow<'_> {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Text, Kind::Text, Kind::Text];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.0.tenant.as_str())
            .text(&self.1)
            .text(self.0.stream.as_str())
            .text(self.2.as_str());
    }
}

/// Writes heads, events, receipts, aliases and webhooks of a batch. Returns the
/// positions of its events, in order.
///
/// # Errors
/// [`StoreError::StreamsMoved`] when a stream is not where the batch read it.
pub(crate) async fn append(
    tx: &mut Tx,
    decided: &Decided,
    works: &[Work],
) -> Result<Vec<i64>, StoreError> {
    let positions = append_events(tx, decided, works).await?;
    archive(tx, decided, works).await?;
    Ok(positions)
}

async fn append_events(
    tx: &mut Tx,
    decided: &Decided,
    works: &[Work],
) -> Result<Vec<i64>, StoreError> {
    let (moved, opened) = decided.heads();
    let moved: Vec<_> = moved.into_iter().map(MovedRow).collect();
    let opened: Vec<_> = opened.into_iter().map(OpenedRow).collect();
    let event = |recorded| EventRow {
        recorded,
        data: recorded.event.encode(),
    };
    let events: Vec<_> = decided.events.iter().map(event).collect();
    let mut receipts = receipts(decided, works)?;
    let mut aliases: Vec<_> = decided
        .claims()
        .into_iter()
        .map(|(event, name, hash)| AliasRow(event, name, hash))
        .collect();
    // As with the heads: two that write the same keys wait for each other one way only.
    receipts.sort_unstable_by_key(|row| (row.tenant, row.key));
    aliases.sort_unstable_by(|a, b| (&a.0.tenant, &a.1).cmp(&(&b.0.tenant, &b.1)));
    if moved.is_empty() && opened.is_empty() && receipts.is_empty() {
        return Ok(Vec::new());
    }
    let groups = [
        Columns::of(&moved),
        Columns::of(&opened),
        Columns::of(&events),
        Columns::of(&receipts),
        Columns::of(&aliases),
    ];
    let rows = tx.bulk(&statements::APPEND, &groups).await?;
    let mut positions = Vec::with_capacity(events.len());
    let mut unmoved = 0;
    for row in &rows {
        match row.opt_int("position")? {
            Some(position) => positions.push(position),
            None => unmoved += 1,
        }
    }
    if unmoved == moved.len() {
        Ok(positions)
    } else {
        Err(StoreError::StreamsMoved {
            moved: unmoved,
            expected: moved.len(),
        })
    }
}

fn receipts<'b>(
    decided: &'b Decided,
    works: &'b [Work],
) -> Result<Vec<ReceiptRow<'b>>, StoreError> {
    let mut rows = Vec::with_capacity(works.len());
    for (work, settled) in works.iter().zip(&decided.settled) {
        if let (Subject::Command(command), Settled::Command { outcome, .. }) =
            (&work.subject, settled)
        {
            rows.push(ReceiptRow {
                tenant: &work.tenant,
                key: command.key.as_str(),
                command: command.name,
                input_hash: command.input_hash.as_str(),
                outcome: serde_json::to_string(outcome).map_err(|source| StoreError::Stored {
                    what: "receipt",
                    source,
                })?,
                recorded_at: decided.now,
            });
        }
    }
    Ok(rows)
}

async fn archive(tx: &mut Tx, decided: &Decided, works: &[Work]) -> Result<(), StoreError> {
    let mut fresh = Vec::new();
    let mut again = Vec::new();
    for (work, settled) in works.iter().zip(&decided.settled) {
        if let (Subject::Webhook(webhook), Settled::Webhook { told, detail }) =
            (&work.subject, settled)
        {
            let row = ArchiveRow {
                tenant: work.tenant.as_str(),
                webhook,
                outcome: told,
                detail: detail.as_deref(),
                received_at: decided.now,
            };
            if webhook.again {
                again.push(SettledRow(row))
            } else {
                fresh.push(row)
            }
        }
    }
    if !fresh.is_empty() {
        tx.bulk(&statements::ARCHIVE, &[Columns::of(&fresh)])
            .await?;
    }
    if !again.is_empty() {
        let settled = tx
            .bulk(&statements::SETTLE_PARKED, &[Columns::of(&again)])
            .await?;
        if settled.len() != again.len() {
            let (moved, expected) = (settled.len(), again.len());
            return Err(StoreError::StreamsMoved { moved, expected });
        }
    }
    Ok(())
}
