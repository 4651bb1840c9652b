//! The past of streams: which position a moment was at, and the events up to it.
//!
//! A position cuts the books clean: of each stream it leaves the first so many events,
//! for positions rise with versions. So a moment is turned into a position once, and
//! everything that is asked as of it is cut there.

use domain::id::{StreamId, Tenant};
use futures::{TryStreamExt, stream::BoxStream};
use store::{Database, Recorded, Row, StoreError, Tx, Value, log};
use time::{Duration, OffsetDateTime};

use crate::{as_of::AsOf, statements};

/// Events that are handed on at once.
const BATCH: usize = 2_000;
/// By how much clocks of several writers, and the order in which they commit, may differ
/// from the order of the log.
const SLACK: Duration = Duration::minutes(1);

/// The last position that is seen as of a point in the past; 0 if none is.
///
/// # Errors
/// When the database fails.
pub(crate) async fn position(database: &Database, as_of: AsOf) -> Result<i64, StoreError> {
    match as_of {
        AsOf::Position(position) => Ok(position),
        AsOf::Time(moment) => position_at(database, moment).await,
    }
}

/// The log is ordered by time but for what happens at once. So the stretch around the
/// moment is searched for as in a dictionary, and then looked at event by event.
async fn position_at(database: &Database, moment: OffsetDateTime) -> Result<i64, StoreError> {
    // Moments near the end of time have nothing behind them.
    let end = log::end(database).await?;
    // Places are transactions, or positions where there are none.
    let end = match end.txid {
        0 => end.position,
        txid => txid,
    };
    let from = last_before(database, moment.saturating_sub(SLACK), end).await?;
    let to = last_before(database, moment.saturating_add(SLACK), end).await?;
    let values = [Value::Int(from), Value::Int(to), Value::Time(moment)];
    let rows = database.fetch(&statements::POSITION_AT, &values).await?;
    let position = rows.first().map(|row| row.opt_int("position"));
    Ok(position.transpose()?.flatten().unwrap_or(0))
}

/// The last place of the log whose events begin before a moment, found bit by bit from
/// the highest: the same steps each time, however long the log has become.
async fn last_before(
    database: &Database,
    moment: OffsetDateTime,
    end: i64,
) -> Result<i64, StoreError> {
    let mut place = 0;
    for bit in (0..i64::BITS - end.leading_zeros()).rev() {
        let next = place | (1_i64 << bit);
        let values = [Value::Int(next)];
        let rows = database.fetch(&statements::PROBE_LOG, &values).await?;
        if let Some(row) = rows.first()
            && row.time("recorded_at")? < moment
        {
            place = next;
        }
    }
    Ok(place)
}

/// The events of some streams up to a position, stream by stream, each stream in its
/// order. Only a few are in memory at a time.
pub(crate) struct Batches<'t> {
    rows: BoxStream<'t, Result<Row, StoreError>>,
}

impl<'t> Batches<'t> {
    pub(crate) fn of(
        tx: &'t mut Tx,
        (tenant, streams): (&Tenant, &[StreamId]),
        position: i64,
    ) -> Self {
        let values = [
            Value::Text(tenant.as_str()),
            Value::Texts(streams.iter().map(StreamId::as_str).collect()),
            Value::Int(position),
        ];
        let rows = tx.scan(&statements::LOAD_PAST, &values);
        Self { rows }
    }

    /// The next events; none at the end.
    ///
    /// # Errors
    /// When the database fails, or an event is of a newer program.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Recorded>>, StoreError> {
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some(row) = self.rows.try_next().await?
        {
            batch.push(Recorded::from_row(&row)?);
        }
        Ok((!batch.is_empty()).then_some(batch))
    }
}
