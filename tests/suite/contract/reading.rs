//! Readers of the log see every event once, in one order, however its writers overtake each other.

use std::{collections::HashMap, time::Duration};

use store::{Cursor, Database, Recorded, log};
use support::eventually;

mod every {
    //! On every database.
    use super::{
        a_reader_that_follows_sees_all_once_and_in_order, pages_of_any_size_are_the_same_log,
    };
    on_every_database! {
        a_reader_that_follows_sees_all_once_and_in_order
        pages_of_any_size_are_the_same_log
    }
}

use super::{
    ground::Ground,
    inputs::{accepted, earn, request_payout},
    laws::everything,
    raw::Raw,
};

on_postgres! {
    a_reader_does_not_pass_a_transaction_that_still_runs
    a_lower_position_that_commits_later_is_not_missed
    a_reader_keeps_up_with_writers_that_overtake_each_other
}

const SOON: Duration = Duration::from_secs(20);

/// Follows the log from its start.
struct Reader<'g> {
    database: &'g Database,
    cursor: Cursor,
    seen: Vec<Recorded>,
}

impl<'g> Reader<'g> {
    fn of(ground: &'g Ground) -> Self {
        Self {
            database: ground.database(),
            cursor: Cursor::START,
            seen: Vec::new(),
        }
    }

    /// Reads what there is, in pages.
    async fn catch_up(&mut self, page: u32) {
        loop {
            let page = log::read(self.database, self.cursor, page).await;
            let page = page.expect("a readable log");
            assert!(page.next >= self.cursor, "a cursor never goes back");
            if page.events.is_empty() {
                assert_eq!(page.next, self.cursor);
                return;
            }
            self.cursor = page.next;
            self.seen.extend(page.events);
        }
    }

    /// Reads until so many events were seen. Transactions of other tests on the same server may
    /// hold a reader up for a moment.
    async fn see(&mut self, count: usize) {
        eventually(SOON, async || {
            self.catch_up(50).await;
            let seen = self.seen.len();
            if seen >= count { Ok(()) } else { Err(seen) }
        })
        .await;
        assert_eq!(self.seen.len(), count);
    }

    fn names(&self) -> Vec<&str> {
        self.seen.iter().map(|event| event.stream.key()).collect()
    }

    /// Each stream's versions come in order, whatever comes between them.
    fn assert_in_order(&self) {
        assert!(self.seen.is_sorted_by(|a, b| a.cursor < b.cursor));
        let mut versions = HashMap::new();
        for recorded in &self.seen {
            let version = versions.entry(&recorded.stream).or_insert(0);
            *version += 1;
            assert_eq!(recorded.version, *version, "{}", recorded.stream);
        }
    }
}

async fn a_reader_that_follows_sees_all_once_and_in_order(ground: &Ground) {
    let (a, b) = (ground.ledger().await, ground.ledger().await);
    let mut reader = Reader::of(ground);
    for n in 0..15 {
        let (one, two) = (format!("a{n}"), format!("b{n}"));
        tokio::join!(
            accepted(&a, earn("s", &one, 10)),
            accepted(&b, earn("s", &two, 10)),
        );
        reader.catch_up(3).await;
    }
    accepted(&a, request_payout("s")).await;

    reader.see(32).await;

    reader.assert_in_order();
    assert_eq!(reader.seen, everything(ground).await);
}

async fn pages_of_any_size_are_the_same_log(ground: &Ground) {
    let ledger = ground.ledger().await;
    for n in 0..7 {
        accepted(&ledger, earn("s", &format!("t{n}"), 10)).await;
    }
    accepted(&ledger, request_payout("s")).await;
    let mut whole = Reader::of(ground);
    whole.see(9).await;
    for page in [1, 2, 9, 10] {
        let mut reader = Reader::of(ground);
        reader.catch_up(page).await;
        assert_eq!(reader.seen, whole.seen, "in pages of {page}");
    }
}

async fn a_reader_does_not_pass_a_transaction_that_still_runs(ground: &Ground) {
    let ledger = ground.ledger().await;
    let mut slow = Raw::to(ground).await;
    slow.run("BEGIN").await;
    slow.append("slow", None).await;
    for n in 0..5 {
        accepted(&ledger, earn("fast", &format!("t{n}"), 10)).await;
    }
    let mut reader = Reader::of(ground);
    for _ in 0..20 {
        reader.catch_up(2).await;
        assert_eq!(reader.names(), Vec::<&str>::new(), "the slow one is first");
    }

    slow.run("COMMIT").await;

    reader.see(6).await;
    assert_eq!(reader.names()[0], "slow");
    reader.assert_in_order();
}

/// The trap of reading by position: a gap that is filled after it was passed.
async fn a_lower_position_that_commits_later_is_not_missed(ground: &Ground) {
    let ledger = ground.ledger().await;
    let mut slow = Raw::to(ground).await;
    let low = slow.take_position().await;
    accepted(&ledger, earn("fast", "t", 10)).await;
    let mut reader = Reader::of(ground);
    reader.see(1).await;
    assert!(reader.cursor.position > low);

    slow.append("slow", Some(low)).await;

    reader.see(2).await;
    assert_eq!(reader.seen[1].position(), low);
    reader.assert_in_order();
}

async fn a_reader_keeps_up_with_writers_that_overtake_each_other(ground: &Ground) {
    let ledger = ground.ledger().await;
    let fast = tokio::spawn(async move {
        for n in 0..60 {
            accepted(&ledger, earn("fast", &format!("t{n}"), 10)).await;
        }
    });
    let mut slow = [
        Raw::to(ground).await,
        Raw::to(ground).await,
        Raw::to(ground).await,
    ];
    let mut reader = Reader::of(ground);
    for round in 0..20 {
        for (n, raw) in slow.iter_mut().enumerate() {
            let position = raw.take_position().await;
            raw.run("BEGIN").await;
            raw.append(&format!("slow-{round}-{n}"), Some(position))
                .await;
            reader.catch_up(7).await;
        }
        // The first to begin ends last, or never.
        for (n, raw) in slow.iter_mut().enumerate().rev() {
            let given_up = (round + n) % 5 == 0;
            raw.run(if given_up { "ROLLBACK" } else { "COMMIT" }).await;
            reader.catch_up(7).await;
        }
    }
    fast.await.expect("no panic");

    let all = everything(ground).await;
    reader.see(all.len()).await;
    reader.assert_in_order();
    assert_eq!(reader.seen, all);
}
