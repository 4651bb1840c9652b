//! Fills the shadow from the log.
//!
//! There are two tracks. The tables that are written together with their events go to the
//! end of the log. Those that follow it go no further than the live ones have come, so
//! that both can be compared. Each has its checkpoint in the shadow.
//!
//! While one page is written the next is read, decoded and worked out.

use sha2::{Digest, Sha256};
use store::{
    Backend, Cursor, Database, Isolation, Recorded, Shadow, StoreError, Tx, checkpoint, log, shadow,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Plan, RebuildError, Watch};
use crate::{change::Script, inline::Ready, read_table::ReadTable};

/// Events that are read and written at once.
const PAGE: u32 = 8_000;
/// The first page of an empty shadow: after it the planner is told what the tables hold.
/// Without that, it takes any index that begins with the tenant for as good as another.
const FIRST_PAGE: u32 = 250;
/// Pages that are ready before they are written.
const AHEAD: usize = 2;

const INLINE: &str = "inline";
const FOLLOWED: &str = "followed";
/// The mark that tells the last event of the shadow apart from any other.
pub(super) const LAST: &str = "last event";

/// How far each track has come. A track without tables goes along with the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    inline: Cursor,
    followed: Cursor,
}

/// A stretch of the log, and who takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    from: Cursor,
    /// Up to here, or to the end.
    until: Option<Cursor>,
    inline: bool,
    followed: bool,
}

impl Stretch {
    /// The next one, when the live tables that follow have come to `live`.
    fn next(plan: &Plan, at: Places, live: Cursor) -> Self {
        let (inline, followed) = (plan.is_inline(), plan.followed().next().is_some());
        if !inline {
            return Self {
                from: at.followed,
                until: Some(live),
                inline,
                followed,
            };
        }
        let both = followed && at.followed < live;
        if both && at.followed < at.inline {
            return Self {
                from: at.followed,
                until: Some(live.min(at.inline)),
                inline: false,
                followed,
            };
        }
        Self {
            from: at.inline,
            until: both.then_some(live),
            inline,
            followed: both,
        }
    }
}

/// Fills the shadow.
pub(super) struct Replay<'r> {
    pub(super) live: &'r Database,
    pub(super) shadow: &'r Shadow,
    pub(super) plan: &'r Plan,
    pub(super) stop: &'r CancellationToken,
}

impl Replay<'_> {
    /// Goes on from where the shadow is to the end of the log, as far as that is safe while
    /// others write. Returns when next to nothing is left.
    pub(super) async fn catch_up(&self, watch: &mut dyn Watch) -> Result<(), RebuildError> {
        loop {
            let places = self.places().await?;
            let stretch = Stretch::next(self.plan, places, self.live_place().await?);
            if stretch.from == Cursor::START && self.take_first(stretch, watch).await? {
                continue;
            }
            let events = self.run(stretch, watch).await?;
            if events < PAGE as usize && stretch.until.is_none() {
                return Ok(());
            }
            if events == 0 && !self.plan.is_inline() {
                return Ok(());
            }
        }
    }

    /// Takes the first few events of an empty shadow, if there are any.
    async fn take_first(
        &self,
        stretch: Stretch,
        watch: &mut dyn Watch,
    ) -> Result<bool, RebuildError> {
        let events = log::read(self.live, stretch.from, FIRST_PAGE).await?.events;
        let backend = self.database().backend();
        let Some(page) = Page::of(self.plan, (stretch, stretch.from), events, backend)? else {
            return Ok(false);
        };
        self.write(page, watch).await?;
        self.analyze().await?;
        Ok(true)
    }

    async fn analyze(&self) -> Result<(), StoreError> {
        self.shadow.analyze(&Plan::names(&self.plan.built)).await
    }

    const fn database(&self) -> &Database {
        self.shadow.database()
    }

    /// Takes one stretch, reading ahead of writing.
    async fn run(&self, stretch: Stretch, watch: &mut dyn Watch) -> Result<usize, RebuildError> {
        let (pages, mut ready) = mpsc::channel(AHEAD);
        let (live, plan) = (self.live.clone(), self.plan.clone());
        let backend = self.database().backend();
        let reading = tokio::spawn(async move {
            let mut at = stretch.from;
            loop {
                let events = log::read(&live, at, PAGE).await?.events;
                let Some(page) = Page::of(&plan, (stretch, at), events, backend)? else {
                    return Ok(());
                };
                at = page.to;
                if pages.send(page).await.is_err() {
                    return Ok(());
                }
            }
        });
        let (mut total, mut known) = (0, PAGE as usize);
        while let Some(page) = ready.recv().await {
            if self.stop.is_cancelled() {
                return Err(RebuildError::Stopped);
            }
            total += page.events;
            self.write(page, watch).await?;
            // The tables grow; what the planner knows of them must not be too old.
            if total >= known {
                self.analyze().await?;
                known *= 8;
            }
        }
        match reading.await {
            Ok(read) => read.map_err(RebuildError::Store)?,
            Err(_) => return Err(RebuildError::Stopped),
        }
        Ok(total)
    }

    /// While nobody writes: goes to the very end of the log, as a snapshot shows it, and with
    /// the tables that follow exactly to where the live ones are. The last event's place.
    pub(super) async fn finish(
        &self,
        snapshot: &mut Tx,
        watch: &mut dyn Watch,
    ) -> Result<Cursor, StoreError> {
        let live = self.live_place_in(snapshot).await?;
        loop {
            let places = self.places().await?;
            let stretch = Stretch::next(self.plan, places, live);
            let events = log::read_snapshot(snapshot, stretch.from, PAGE)
                .await?
                .events;
            let backend = self.database().backend();
            match Page::of(self.plan, (stretch, stretch.from), events, backend)? {
                Some(page) => self.write(page, watch).await?,
                None if stretch.until.is_none() || !self.plan.is_inline() => {
                    return Ok(places.inline.max(places.followed));
                }
                None => {}
            }
        }
    }

    async fn write(&self, page: Page, watch: &mut dyn Watch) -> Result<(), StoreError> {
        let (events, position) = (page.events, page.to.position);
        let mut tx = self
            .database()
            .gated("rebuild")
            .isolation(Isolation::ReadCommitted)
            .open()
            .await?;
        if let Some(inline) = page.inline {
            inline.write(&mut tx).await?;
            checkpoint::advance(&mut tx, INLINE, page.from, page.to).await?;
        }
        if let Some(followed) = page.followed {
            followed.run(&mut tx).await?;
            checkpoint::advance(&mut tx, FOLLOWED, page.from, page.to).await?;
        }
        if let Some(last) = page.last {
            shadow::mark(&mut tx, (LAST, last), None).await?;
        }
        tx.commit().await?;
        watch.replayed(events, position);
        Ok(())
    }

    async fn places(&self) -> Result<Places, StoreError> {
        let inline = checkpoint::load(self.database(), INLINE).await?;
        let followed = checkpoint::load(self.database(), FOLLOWED).await?;
        Ok(Places { inline, followed })
    }

    /// How far the slowest of the live tables has come that follow and are built here.
    async fn live_place(&self) -> Result<Cursor, StoreError> {
        let mut places = Vec::new();
        for name in self.plan.followed().filter_map(ReadTable::checkpoint) {
            places.push(checkpoint::load(self.live, name).await?);
        }
        Ok(places.into_iter().min().unwrap_or_default())
    }

    /// The same, if they all are at one place: else they cannot be compared, a moment later
    /// they can.
    async fn live_place_in(&self, snapshot: &mut Tx) -> Result<Cursor, StoreError> {
        let mut places = Vec::new();
        for name in self.plan.followed().filter_map(ReadTable::checkpoint) {
            places.push(checkpoint::load_in(snapshot, name).await?);
        }
        match (places.iter().min(), places.iter().max()) {
            (Some(least), Some(most)) if least < most => Err(StoreError::StreamsMoved {
                moved: 1,
                expected: places.len(),
            }),
            (least, _) => Ok(least.copied().unwrap_or_default()),
        }
    }

    /// Whether the log still is the one that the shadow was filled from: a backup may have
    /// been put in its place.
    pub(super) async fn is_of_this_log(&self, last: Option<i64>) -> Result<bool, StoreError> {
        let Places { inline, followed } = self.places().await?;
        let at = inline.max(followed);
        if at == Cursor::START {
            return Ok(true);
        }
        let before = Cursor {
            position: at.position - 1,
            ..at
        };
        let page = log::read(self.live, before, 1).await?;
        let found = page.events.first().filter(|found| found.cursor == at);
        Ok(found
            .map(fingerprint)
            .is_some_and(|found| Some(found) == last))
    }

    /// Where the shadow is.
    pub(super) async fn position(&self) -> Result<i64, StoreError> {
        let Places { inline, followed } = self.places().await?;
        Ok(inline.max(followed).position)
    }
}

/// Some events, and everything that is written because of them.
struct Page {
    from: Cursor,
    to: Cursor,
    events: usize,
    inline: Option<Ready>,
    followed: Option<Script>,
    /// Of the last event, if the shadow has never been further.
    last: Option<i64>,
}

impl Page {
    /// Nothing when the stretch has ended.
    fn of(
        plan: &Plan,
        (stretch, from): (Stretch, Cursor),
        mut events: Vec<Recorded>,
        backend: Backend,
    ) -> Result<Option<Self>, StoreError> {
        if let Some(until) = stretch.until {
            events.retain(|recorded| recorded.cursor <= until);
        }
        let Some(last) = events.last() else {
            return Ok(None);
        };
        let inline = stretch
            .inline
            .then(|| Ready::of(&events, backend, |table| plan.has(table)))
            .transpose()?;
        let followed = stretch
            .followed
            .then(|| follow(plan, &events, backend))
            .transpose()?;
        Ok(Some(Self {
            from,
            to: last.cursor,
            events: events.len(),
            last: (stretch.inline || !plan.is_inline()).then(|| fingerprint(last)),
            inline,
            followed,
        }))
    }
}

fn follow(plan: &Plan, events: &[Recorded], backend: Backend) -> Result<Script, StoreError> {
    let mut script = Script::new(backend);
    for followed in plan.followed().filter_map(ReadTable::follower) {
        followed.script(&mut script, events)?;
    }
    Ok(script)
}

/// A number that no other event has, for all practical purposes.
fn fingerprint(recorded: &Recorded) -> i64 {
    let mut hash = Sha256::new();
    hash.update(recorded.id());
    hash.update(recorded.position().to_be_bytes());
    hash.update(recorded.recorded_at.unix_timestamp_nanos().to_be_bytes());
    hash.update(&recorded.metadata);
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(position: i64) -> Cursor {
        Cursor { txid: 0, position }
    }

    fn next(wanted: &[ReadTable], (inline, followed): (i64, i64), live: i64) -> Stretch {
        let places = Places {
            inline: at(inline),
            followed: at(followed),
        };
        Stretch::next(&Plan::of(wanted), places, at(live))
    }

    #[test]
    fn both_tracks_go_together_as_far_as_the_live_tables_have_followed() {
        let stretch = next(&[], (5, 5), 9);
        assert_eq!((stretch.from, stretch.until), (at(5), Some(at(9))));
        assert!(stretch.inline && stretch.followed);
    }

    #[test]
    fn the_inline_track_goes_on_alone() {
        let stretch = next(&[], (9, 9), 9);
        assert_eq!((stretch.from, stretch.until), (at(9), None));
        assert!(stretch.inline && !stretch.followed);
    }

    #[test]
    fn the_track_that_is_behind_catches_up_first() {
        let stretch = next(&[], (9, 5), 20);
        assert_eq!((stretch.from, stretch.until), (at(5), Some(at(9))));
        assert!(!stretch.inline && stretch.followed);
    }

    #[test]
    fn tables_that_follow_go_no_further_than_the_live_ones() {
        let stretch = next(&[ReadTable::Postings], (0, 5), 9);
        assert_eq!((stretch.from, stretch.until), (at(5), Some(at(9))));
        assert!(!stretch.inline && stretch.followed);
    }
}
