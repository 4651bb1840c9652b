//! Rebuilds read tables from the log, beside the live ones, which serve meanwhile.
//!
//! The rebuilt tables are filled from the log, compared with the live ones row by row, and
//! put into their place, all at once. Commands go on: only twice, for milliseconds, they
//! wait at the gate (see [`store::gate`]). The first time so that both can be compared at
//! one place of the log, the second time to change places. A rebuild that was killed is
//! gone on with.
//!
//! Why it is so: `docs/adr/0027-rebuild-blue-green.md`.

mod plan;
mod replay;
mod report;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use store::{
    Backend, Class, Clock, Database, Gate, Shadow, StoreError, Tx, log, shadow, shadow::Marks,
};
use tokio_util::sync::CancellationToken;

pub use plan::{Standing, standing};
pub use report::{RebuildError, Rebuilt, Report, Unwatched, Watch};

use crate::{
    compare::{Sides, compare},
    follower,
    read_table::ReadTable,
};
use plan::Plan;
use replay::Replay;

/// The first pause when the gate could not be closed; each is twice as long as the last.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The mark for the schema that the shadow was made with.
const SCHEMA: &str = "schema";

/// What is to be rebuilt, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// These tables; all if none is named.
    pub tables: Vec<ReadTable>,
    /// Compare only.
    pub dry_run: bool,
    /// Do not go on with what somebody has left.
    pub fresh: bool,
    /// Ends it between two pages.
    pub stop: CancellationToken,
    /// Tells when tables were put in place.
    pub clock: Arc<dyn Clock>,
}

/// Rebuilds read tables, and tells of each row that differs.
///
/// # Errors
/// When the database fails, somebody else rebuilds, or something cannot be carried over to
/// new tables. The live tables are untouched then.
pub async fn rebuild(
    live: &Database,
    order: &Order,
    watch: &mut dyn Watch,
) -> Result<Report, RebuildError> {
    // While the gate is closed, those who wait at it hold all connections that they have.
    let live = live.apart();
    let rebuilt = on(&live, order, watch).await;
    live.close().await;
    rebuilt
}

async fn on(live: &Database, order: &Order, watch: &mut dyn Watch) -> Result<Report, RebuildError> {
    let mut shadow = Shadow::claim(live).await?;
    let mut work = Work {
        live,
        order,
        plan: Plan::of(&order.tables),
        begun: Instant::now(),
        waited: 0,
    };
    match work.run(&mut shadow, watch).await {
        Ok(report) => {
            shadow.remove().await?;
            Ok(report)
        }
        Err(error) => {
            shadow.leave().await;
            Err(error)
        }
    }
}

struct Work<'w> {
    live: &'w Database,
    order: &'w Order,
    plan: Plan,
    begun: Instant,
    waited: u32,
}

impl Work<'_> {
    async fn run(
        &mut self,
        shadow: &mut Shadow,
        watch: &mut dyn Watch,
    ) -> Result<Report, RebuildError> {
        self.look_for_blockers(shadow).await?;
        let resumed_from = self.prepare(shadow, watch).await?;
        let replaying = Instant::now();
        let mut counted = Counted { watch, events: 0 };
        self.replay(shadow).catch_up(&mut counted).await?;
        let replaying = replaying.elapsed();
        if self.live.backend() == Backend::Postgres {
            shadow.analyze(&Plan::names(&self.plan.replaced)).await?;
        }

        let (mut tables, position) = self.compare(shadow, &mut counted).await?;
        if !self.order.dry_run {
            self.switch(shadow, &mut tables, &mut counted).await?;
        }
        Ok(Report {
            tables,
            position,
            resumed_from,
            events: counted.events,
            replaying,
            elapsed: self.begun.elapsed(),
            waited: self.waited,
        })
    }

    fn replay<'r>(&'r self, shadow: &'r Shadow) -> Replay<'r> {
        Replay {
            live: self.live,
            shadow,
            plan: &self.plan,
            stop: &self.order.stop,
        }
    }

    async fn look_for_blockers(&self, shadow: &Shadow) -> Result<(), RebuildError> {
        if self.order.dry_run {
            return Ok(());
        }
        let blockers = shadow.blockers(&Plan::names(&self.plan.replaced)).await?;
        if blockers.is_empty() {
            Ok(())
        } else {
            Err(RebuildError::Blocked(blockers))
        }
    }

    /// Goes on with a shadow that is of use, or makes a new one. Where it is, if it is none.
    async fn prepare(
        &self,
        shadow: &mut Shadow,
        watch: &mut dyn Watch,
    ) -> Result<Option<i64>, RebuildError> {
        self.follow().await?;
        let mut marks = Marks::new();
        for table in &self.plan.built {
            marks.insert(table.name().to_owned(), table.version());
        }
        marks.insert(SCHEMA.to_owned(), self.live.newest_migration());

        let mut found = shadow.marks().await?;
        let last = found.remove(replay::LAST);
        let is_of_use =
            !self.order.fresh && found == marks && self.replay(shadow).is_of_this_log(last).await?;
        let end = log::end(self.live).await?.position;
        if is_of_use {
            let at = self.replay(shadow).position().await?;
            watch.begun(true, at, end);
            return Ok(Some(at));
        }
        shadow
            .create(&Plan::names(&self.plan.built), &marks)
            .await?;
        watch.begun(false, 0, end);
        Ok(None)
    }

    /// Compares both at one place of the log; the place.
    async fn compare(
        &mut self,
        shadow: &mut Shadow,
        counted: &mut Counted<'_>,
    ) -> Result<(Vec<Rebuilt>, i64), RebuildError> {
        let versions = shadow::versions(self.live).await?;
        let (gate, mut live, position) = self.close_gate(shadow, counted).await?;
        gate.open().await?;
        let mut rebuilt = shadow
            .database()
            .gated("rebuild_check")
            .snapshot()
            .open()
            .await?;
        let mut tables = Vec::new();
        for table in &self.plan.replaced {
            if self.order.stop.is_cancelled() {
                return Err(RebuildError::Stopped);
            }
            let sides = Sides {
                live: &mut live,
                rebuilt: &mut rebuilt,
            };
            let watch = &mut *counted.watch;
            let compared = compare(sides, *table, None, &mut |difference| {
                watch.found(&difference);
            })
            .await?;
            let built_by = versions.get(table.name()).copied();
            tables.push(Rebuilt {
                table: *table,
                compared,
                is_outdated: built_by.is_none_or(|version| version < table.version()),
                is_replaced: false,
            });
        }
        live.rollback().await?;
        rebuilt.rollback().await?;
        Ok((tables, position))
    }

    /// Puts what was rebuilt into the place of what was there.
    async fn switch(
        &mut self,
        shadow: &mut Shadow,
        tables: &mut [Rebuilt],
        counted: &mut Counted<'_>,
    ) -> Result<(), RebuildError> {
        let in_place = self.live.backend() != Backend::Postgres;
        for table in &mut *tables {
            let differs = table.compared.differences() > 0;
            table.is_replaced = !in_place || table.is_outdated || differs;
        }
        let replaced: Vec<_> = tables
            .iter()
            .filter(|table| table.is_replaced)
            .map(|table| table.table.name())
            .collect();
        loop {
            let (mut gate, snapshot, position) = self.close_gate(shadow, counted).await?;
            snapshot.rollback().await?;
            match self
                .put_in_place(shadow, &mut gate, (&replaced, position))
                .await
            {
                Ok(()) => {
                    gate.commit().await?;
                    return Ok(());
                }
                Err(error) if error.class() == Class::Conflict => {
                    gate.open().await?;
                    self.pause(&error, counted.watch).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn put_in_place(
        &self,
        shadow: &Shadow,
        gate: &mut Gate,
        (replaced, position): (&[&str], i64),
    ) -> Result<(), StoreError> {
        shadow.switch(gate, replaced).await?;
        let built = Some((self.order.clock.now(), position));
        for table in &self.plan.replaced {
            let version = (table.name(), table.version());
            shadow::mark(gate.tx(), version, built).await?;
        }
        Ok(())
    }

    /// Closes the gate with the shadow and the live tables at one place: the gate, a snapshot
    /// of the live tables, and the place.
    async fn close_gate(
        &mut self,
        shadow: &mut Shadow,
        counted: &mut Counted<'_>,
    ) -> Result<(Gate, Tx, i64), RebuildError> {
        loop {
            self.follow().await?;
            self.replay(shadow).catch_up(counted).await?;
            let mut gate = match shadow.close_gate().await {
                Ok(gate) => gate,
                Err(error) if error.class() == Class::Conflict => {
                    self.pause(&error, counted.watch).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if gate.schema_version().await? != self.live.newest_migration() {
                gate.open().await?;
                return Err(RebuildError::SchemaMoved);
            }
            match self.meet(&gate, shadow, counted).await {
                Ok((snapshot, position)) => return Ok((gate, snapshot, position)),
                Err(error) if error.class() == Class::Conflict => {
                    gate.open().await?;
                    self.pause(&error, counted.watch).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes the live tables that follow the log to its end, if no service does.
    async fn follow(&self) -> Result<(), StoreError> {
        match follower::catch_up(self.live).await {
            // A service is at it all the time, and faster.
            Err(error) if error.class() == Class::Conflict => Ok(()),
            followed => followed.map(|_| ()),
        }
    }

    /// What is left to do until both are at one place, while nobody writes.
    async fn meet(
        &self,
        gate: &Gate,
        shadow: &Shadow,
        counted: &mut Counted<'_>,
    ) -> Result<(Tx, i64), StoreError> {
        if self.live.backend() == Backend::Postgres {
            // Also what two writers at once have left to be looked at again. On the others one
            // waits for the other.
            follower::finish(gate, self.live).await?;
        }
        let mut snapshot = gate.snapshot(self.live).await?;
        let replay = self.replay(shadow);
        let at = replay.finish(&mut snapshot, counted).await?;
        Ok((snapshot, at.position))
    }

    /// Lets others go on for a while.
    async fn pause(&mut self, why: &StoreError, watch: &mut dyn Watch) -> Result<(), RebuildError> {
        watch.waiting(why);
        let growth = 2_u32.saturating_pow(self.waited.min(10));
        self.waited += 1;
        tokio::select! {
            () = self.order.stop.cancelled() => Err(RebuildError::Stopped),
            () = tokio::time::sleep(PAUSE.saturating_mul(growth).min(LONGEST_PAUSE)) => Ok(()),
        }
    }
}

/// Counts what it passes on.
struct Counted<'w> {
    watch: &'w mut dyn Watch,
    events: u64,
}

impl Watch for Counted<'_> {
    fn replayed(&mut self, events: usize, position: i64) {
        self.events += u64::try_from(events).unwrap_or(0);
        self.watch.replayed(events, position);
    }
}
