//! One walk through a tenant's log: it is read and held against its seals while what was
//! read before is folded into the throw-away database.

use domain::id::Tenant;
use store::{Cursor, Recorded, Scratch, StoreError, Tx, error::chain, log};

use super::{
    Extras,
    law::{Law, is_unreadable},
    replay::Replay,
    seals::Seals,
};

/// Events that are read and written at once.
const PAGE: u32 = 4_000;

/// Reads, and folds what is read.
pub(super) struct Walk<'w> {
    reader: Reader<'w>,
    replay: Replay<'w>,
}

/// Goes through the log.
struct Reader<'w> {
    live: &'w mut Tx,
    tenant: &'w Tenant,
    at: Cursor,
    events: u64,
    seals: Seals,
}

/// Events that make sense, up to the first that does not.
struct Page {
    events: Vec<Recorded>,
    last: Cursor,
    unreadable: Option<String>,
}

impl<'w> Walk<'w> {
    pub(super) async fn new(
        live: &'w mut Tx,
        scratch: &Scratch,
        tenant: &'w Tenant,
    ) -> Result<Self, StoreError> {
        let replay = Replay::new(live, scratch, tenant).await?;
        let seals = Seals::new(live).await?;
        Ok(Self {
            reader: Reader {
                live,
                tenant,
                at: Cursor::START,
                events: 0,
                seals,
            },
            replay,
        })
    }

    /// Walks to the end; all laws that this shows.
    pub(super) async fn run(self, extras: Extras<'_>, total: u64) -> Result<Vec<Law>, StoreError> {
        let Self {
            mut reader,
            mut replay,
        } = self;
        reader.seals.expect(extras.head);
        let mut page = reader.next().await?;
        while let Some(now) = page {
            page = if replay.stops_by(now.last) {
                // What follows the log is compared on the way, so nothing is read meanwhile.
                replay.apply_with_stops(reader.live, &now.events).await?;
                reader.next().await?
            } else {
                futures::try_join!(reader.next(), replay.apply(&now.events))?.0
            };
            if let Some(why) = now.unreadable {
                replay.give_up(why);
            }
            if let Some(progress) = extras.progress {
                progress(reader.events, total);
            }
        }
        if reader.events != total {
            let read = reader.events;
            replay.give_up(format!(
                "{total} events, of which {read} have a place in the order of the log"
            ));
        }
        let mut laws = replay.laws(reader.live, reader.events).await?;
        laws.extend(reader.seals.laws(reader.live, reader.tenant).await?);
        Ok(laws)
    }
}

impl Reader<'_> {
    async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        let stored = log::snapshot_stored(self.live, self.tenant, self.at, PAGE).await?;
        let Some(last) = stored.last().map(|event| event.cursor) else {
            return Ok(None);
        };
        self.at = last;
        self.seals.take(self.live, self.tenant, &stored).await?;
        self.events += u64::try_from(stored.len()).unwrap_or(u64::MAX);
        let mut page = Page {
            events: Vec::with_capacity(stored.len()),
            last,
            unreadable: None,
        };
        for event in stored {
            let position = event.cursor.position;
            match event.decode() {
                Ok(recorded) => page.events.push(recorded),
                Err(error) if is_unreadable(&error) => {
                    let why = chain(&error);
                    page.unreadable = Some(match error {
                        StoreError::Event { .. } => why,
                        _ => format!("event {position}: {why}"),
                    });
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(page))
    }
}
