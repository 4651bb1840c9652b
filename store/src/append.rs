//! A decided batch becomes rows: a fixed number of statements, whatever its size.

use std::collections::BTreeMap;

use domain::id::{Fingerprint, Tenant};
use time::OffsetDateTime;

use crate::{
    bulk::Bulk,
    columns::{BulkRow, Columns, Kind},
    database::Backend,
    decided::{Decided, Head, Settled},
    error::StoreError,
    inbox::{ArchiveRow, SettledRow},
    job::{Subject, Work},
    log::Cursor,
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
    const KINDS: &'static [Kind] = &[Kind::Tenant, Kind::Text, Kind::Int, Kind::Int];

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
        Kind::Tenant,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Int,
        Kind::Json,
        Kind::Json,
        Kind::Now,
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
        Kind::Json,
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

/// What a transaction writes before its read tables, ready to be sent.
#[derive(Debug)]
pub(crate) struct Append {
    /// Heads, events, receipts and aliases.
    log: Option<Bulk>,
    /// How many heads have to be where they were read.
    moved: usize,
    archive: Option<Bulk>,
    /// Webhooks of the archive with a new outcome, and how many they are.
    settled: Option<(Bulk, usize)>,
}

impl Append {
    pub(crate) fn prepare(
        backend: Backend,
        decided: &Decided,
        works: &[Work],
    ) -> Result<Self, StoreError> {
        let (log, moved) = log(backend, decided, works)?;
        let (fresh, again) = archived(decided, works);
        let bulk = |sql, columns: Columns<'_>| {
            (columns.rows() > 0)
                .then(|| Bulk::of(backend, sql, &[columns]))
                .transpose()
        };
        let archive = bulk(&statements::ARCHIVE, Columns::of(&fresh))?;
        let settled = bulk(&statements::SETTLE, Columns::of(&again))?;
        Ok(Self {
            log,
            moved,
            archive,
            settled: settled.map(|bulk| (bulk, again.len())),
        })
    }

    /// Returns where the events are, in order.
    ///
    /// # Errors
    /// [`StoreError::StreamsMoved`] when a stream, or a webhook of the archive, is
    /// not where the batch read it.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<Vec<Cursor>, StoreError> {
        let (mut txid, mut positions) = (0, Vec::new());
        if let Some(log) = self.log {
            let mut moved = 0;
            for row in tx.bulk(log).await? {
                if row.has("moved") {
                    moved = usize::try_from(row.count("moved")?).unwrap_or(usize::MAX);
                }
                if row.has("positions") {
                    positions = row.ints("positions")?;
                }
                // Only PostgreSQL's order of the log goes by transactions.
                if row.has("txid") {
                    txid = row.int("txid")?;
                }
            }
            unmoved(moved, self.moved)?;
        }
        if let Some(archive) = self.archive {
            tx.bulk(archive).await?;
        }
        if let Some((settled, expected)) = self.settled {
            unmoved(tx.bulk(settled).await?.len(), expected)?;
        }
        let place = |position| Cursor { txid, position };
        Ok(positions.into_iter().map(place).collect())
    }
}

fn unmoved(moved: usize, expected: usize) -> Result<(), StoreError> {
    if moved == expected {
        Ok(())
    } else {
        Err(StoreError::StreamsMoved { moved, expected })
    }
}

/// The statement that writes the log, and how many heads it moves.
fn log(
    backend: Backend,
    decided: &Decided,
    works: &[Work],
) -> Result<(Option<Bulk>, usize), StoreError> {
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
        return Ok((None, 0));
    }
    let groups = [
        Columns::of(&moved),
        Columns::of(&opened),
        Columns::of(&events),
        Columns::of(&receipts),
        Columns::of(&aliases),
    ];
    let bulk = Bulk::of(backend, &statements::APPEND, &groups)?;
    Ok((Some(bulk), moved.len()))
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

/// Webhooks that are new, and those of the archive with a new outcome.
fn archived<'b>(
    decided: &'b Decided,
    works: &'b [Work],
) -> (Vec<ArchiveRow<'b>>, Vec<SettledRow<'b>>) {
    let mut fresh = Vec::new();
    let mut again: BTreeMap<_, SettledRow<'b>> = BTreeMap::new();
    for (work, settled) in works.iter().zip(&decided.settled) {
        if let (Subject::Webhook(webhook), Settled::Webhook { told, detail }) =
            (&work.subject, settled)
        {
            fresh.push(ArchiveRow {
                tenant: work.tenant.as_str(),
                webhook,
                outcome: told,
                detail: detail.as_deref(),
                received_at: decided.now,
            });
        } else if let Some(row) = settled_row(work, settled, decided.now) {
            // One row, one change: from what was read first to what became of it last.
            again
                .entry((row.tenant, row.event_id, row.body_hash))
                .and_modify(|earlier| {
                    *earlier = SettledRow {
                        before: earlier.before,
                        ..row.clone()
                    };
                })
                .or_insert(row);
        }
    }
    // In the order of their keys: two writers wait for each other one way only.
    (fresh, again.into_values().collect())
}

fn settled_row<'b>(
    work: &'b Work,
    settled: &'b Settled,
    settled_at: OffsetDateTime,
) -> Option<SettledRow<'b>> {
    let tenant = work.tenant.as_str();
    match (&work.subject, settled) {
        (
            Subject::Webhook(webhook),
            Settled::Again {
                rerun,
                writes: true,
                ..
            },
        ) => Some(SettledRow {
            tenant,
            event_id: &webhook.event_id,
            body_hash: webhook.body_hash.as_str(),
            before: rerun.before.as_str(),
            event_type: webhook.event_type.as_deref(),
            object: webhook.object.as_deref(),
            outcome: &rerun.now,
            detail: rerun.detail.as_deref(),
            settled_at,
        }),
        (
            Subject::Drop(work),
            Settled::Dropped {
                before,
                now,
                reason,
            },
        ) => Some(SettledRow {
            tenant,
            event_id: &work.event_id,
            body_hash: work.body_hash.as_str(),
            before: before.told.as_str(),
            event_type: before.event_type.as_deref(),
            object: before.object.as_deref(),
            outcome: now,
            detail: Some(reason),
            settled_at,
        }),
        _ => None,
    }
}
