//! Read tables that were built by older code are rebuilt while the service runs. The old
//! ones serve until then.

use std::{sync::Arc, time::Duration};

use projections::{
    read_table::ReadTable,
    rebuild::{Order, RebuildError, Standing, Watch, rebuild, standing},
};
use store::{Clock, Database, StoreError, error::chain};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// When it is tried again, or looked whether another instance is done.
const PAUSE: Duration = Duration::from_secs(15);

/// Rebuilds what has to be, then waits for the end of the service. Cut off anywhere, a
/// rebuild is gone on with by the next service.
pub(crate) async fn keep(database: Database, clock: Arc<dyn Clock>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = persist(&database, &clock, &stop) => stop.cancelled().await,
    }
}

async fn persist(database: &Database, clock: &Arc<dyn Clock>, stop: &CancellationToken) {
    while let Err(error) = renew(database, clock, stop).await {
        if let RebuildError::Store(StoreError::RebuildElsewhere) = error {
            info!("another instance rebuilds read tables");
        } else {
            let error = error.told();
            warn!(error, "cannot rebuild read tables yet: the old ones serve");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn renew(
    database: &Database,
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
) -> Result<(), RebuildError> {
    let Standing { older, newer } = standing(database).await?;
    if !newer.is_empty() {
        warn!(
            tables = names(&newer),
            "read tables were built by a newer program than this one: they are left alone"
        );
    }
    if older.is_empty() {
        return Ok(());
    }
    info!(
        tables = names(&older),
        "rebuilding read tables: the code that writes them has changed"
    );
    let order = Order {
        tables: older,
        dry_run: false,
        fresh: false,
        stop: stop.clone(),
        clock: Arc::clone(clock),
    };
    let report = rebuild(database, &order, &mut Progress::default()).await?;
    info!(
        events = report.events,
        events_per_second = report.rate(),
        seconds = report.elapsed.as_secs(),
        "rebuilt read tables are in place"
    );
    Ok(())
}

fn names(tables: &[ReadTable]) -> String {
    let names: Vec<_> = tables.iter().map(|table| table.name()).collect();
    names.join(", ")
}

/// How many events are left, for whoever watches the service.
#[derive(Debug, Default)]
struct Progress {
    end: i64,
}

impl Progress {
    fn at(&self, position: i64) {
        let left = u32::try_from(self.end.saturating_sub(position).max(0)).unwrap_or(u32::MAX);
        metrics::gauge!("payoutd_rebuild_left_events").set(f64::from(left));
    }
}

impl Watch for Progress {
    fn begun(&mut self, resumed: bool, from: i64, end: i64) {
        self.end = end;
        self.at(from);
        info!(resumed, from, end, "replaying the log");
    }

    fn replayed(&mut self, _events: usize, position: i64) {
        self.end = self.end.max(position);
        self.at(position);
    }

    fn waiting(&mut self, why: &StoreError) {
        info!(
            why = chain(why),
            "somebody reads for long: rebuilt tables are put in place later"
        );
    }
}
