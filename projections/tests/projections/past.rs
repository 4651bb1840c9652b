//! The past: what the live tables said then is written down while a random history
//! happens, and asked for afterwards.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use domain::{
    id::{PayoutId, SellerId},
    money::Currency,
};
use projections::query::{AsOf, Filter, QueryError, Table};
use serde_json::json;
use store::{Clock, Cursor, Isolation, SystemClock};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::{
    books::{Books, Row, all, payout_id},
    history::Dice,
    marketplace::{self, CURRENCIES, PAYOUTS, SELLERS},
};

/// The tables that have a past.
const TABLES: [Table; 3] = [Table::Payouts, Table::Transactions, Table::Balances];
/// How many points of the past each database is asked for. Each is asked for others.
const POINTS: usize = 140;

/// What the live tables said after a commit.
struct Moment {
    position: i64,
    recorded_at: OffsetDateTime,
    tables: [Vec<Row>; 3],
}

#[tokio::test]
async fn the_past_of_two_writers_is_what_the_tables_said_whenever_both_were_done() {
    for books in Books::each().await {
        let other = books.by_another_writer(Isolation::ReadCommitted);
        let (mut dice, mut others_dice) = (Dice::new(1), Dice::new(2));
        let mut said = Vec::new();
        for number in 0..80 {
            // Numbers name transactions: each writer has its own.
            tokio::join!(
                marketplace::step(&books, &mut dice, 2 * number),
                marketplace::step(&other, &mut others_dice, 2 * number + 1),
            );
            if number % 6 == 0 {
                let log = books.log().await;
                let position = log.iter().map(|event| event.position()).max().unwrap_or(0);
                let mut tables = Vec::new();
                for table in TABLES {
                    tables.push(books.rows(table).await);
                }
                said.push((position, tables));
            }
        }
        for (position, tables) in said {
            for (table, said) in TABLES.into_iter().zip(&tables) {
                let filter = as_of(AsOf::Position(position), all());
                compare(&books, table, filter, said).await;
            }
        }
    }
}

/// Lives through a random history and writes down what the tables say after each commit.
async fn witnessed(books: &Books, seed: u64, steps: u64) -> Vec<Moment> {
    let mut dice = Dice::new(seed);
    let mut moments = Vec::new();
    let mut cursor = Cursor::START;
    for number in 0..steps {
        marketplace::step(books, &mut dice, number).await;
        // One writer: its last event in the order of the log has the highest position.
        let Some(last) = books.log_after(cursor).await.pop() else {
            continue;
        };
        cursor = last.cursor;
        moments.push(Moment {
            position: last.position(),
            recorded_at: last.recorded_at,
            tables: [
                books.rows(TABLES[0]).await,
                books.rows(TABLES[1]).await,
                books.rows(TABLES[2]).await,
            ],
        });
    }
    moments
}

fn as_of(as_of: AsOf, filter: Filter) -> Filter {
    Filter {
        as_of: Some(as_of),
        ..filter
    }
}

async fn paged(books: &Books, table: Table, filter: &Filter, limit: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let filter = Filter {
            limit: Some(limit),
            cursor,
            ..filter.clone()
        };
        let answer = books.ask(table, filter).await.unwrap();
        assert!(answer.rows.len() <= limit as usize);
        rows.extend(answer.rows);
        cursor = answer.next_cursor;
        if cursor.is_none() {
            return rows;
        }
    }
}

/// A filter drawn at random, of those that the table has.
fn drawn(dice: &mut Dice, table: Table, moments: &[Moment]) -> Filter {
    let mut filter = all();
    if dice.below(2) == 0 {
        let seller = SELLERS[usize::try_from(dice.below(3)).unwrap()];
        filter.seller = Some(SellerId::new(seller).unwrap());
    }
    if dice.below(3) == 0 {
        let currency = CURRENCIES[usize::try_from(dice.below(3)).unwrap()];
        filter.currency = Some(Currency::parse(currency).unwrap());
    }
    if !table.statuses().is_empty() && dice.below(2) == 0 {
        let count = u64::try_from(table.statuses().len()).unwrap();
        let status = table.statuses()[usize::try_from(dice.below(count)).unwrap()];
        filter.status = Some(status.to_owned());
    }
    if table != Table::Balances && dice.below(3) == 0 {
        let id = payout_id(u128::from(dice.below(PAYOUTS)) + 1);
        filter.payout = Some(PayoutId(id.parse().unwrap()));
    }
    let mut moment = || {
        let count = u64::try_from(moments.len()).unwrap();
        Some(moments[usize::try_from(dice.below(count)).unwrap()].recorded_at)
    };
    filter.since = moment();
    filter.until = moment();
    filter
}

/// The filter once more, in other words than the program's.
fn passes(table: Table, filter: &Filter, row: &Row) -> bool {
    let is = |column: &str, wanted: Option<String>| {
        wanted.is_none_or(|wanted| row[column] == json!(wanted))
    };
    let time = match table {
        Table::Payouts => &row["requested_at"],
        _ => &row["updated_at"],
    };
    let time = time.as_str().unwrap().to_owned();
    is("seller_id", filter.seller.as_ref().map(ToString::to_string))
        && is(
            "currency",
            filter.currency.as_ref().map(ToString::to_string),
        )
        && (filter.status.is_none() || is("status", filter.status.clone()))
        && (filter.payout.is_none() || is("payout_id", filter.payout.map(|id| id.0.to_string())))
        && filter
            .since
            .is_none_or(|since| time >= store::row::sqlite_time(since))
        && filter
            .until
            .is_none_or(|until| time < store::row::sqlite_time(until))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_what_the_live_tables_said_then() {
    // Side by side, for each takes a while.
    let each = Books::each().await.into_iter().zip(77..);
    let running: Vec<_> = each
        .map(|(books, seed)| tokio::spawn(holds(books, seed)))
        .collect();
    for ended in running {
        println!("{}", ended.await.unwrap());
    }
}

/// What was compared.
async fn holds(books: Books, seed: u64) -> String {
    let moments = witnessed(&books, 31, 560).await;
    assert!(moments.len() > 240, "only {} commits", moments.len());
    let mut dice = Dice::new(seed);
    let mut compared = 0;
    for (point, moment) in drawn_from(&mut dice, &moments, POINTS)
        .into_iter()
        .enumerate()
    {
        let mut points = vec![AsOf::Position(moment.position)];
        if point % 4 == 0 {
            points.push(AsOf::Time(moment.recorded_at));
        }
        for then in points {
            for (table, said) in TABLES.into_iter().zip(&moment.tables) {
                compared += compare(&books, table, as_of(then, all()), said).await;
            }
            let (table, said) = (TABLES[point % 3], &moment.tables[point % 3]);
            let filter = as_of(then, drawn(&mut dice, table, &moments));
            compared += compare(&books, table, filter, said).await;
        }
    }
    format!(
        "{POINTS} points of {} commits, {compared} rows, {:?}",
        moments.len(),
        books.database.backend()
    )
}

/// So many different moments.
fn drawn_from<'m>(dice: &mut Dice, moments: &'m [Moment], count: usize) -> Vec<&'m Moment> {
    let mut left: Vec<_> = moments.iter().collect();
    let draw = |_| {
        let index = dice.below(u64::try_from(left.len()).unwrap());
        left.swap_remove(usize::try_from(index).unwrap())
    };
    (0..count).map(draw).collect()
}

/// Asks a table about the past in pages; how many rows were as they had been said.
async fn compare(books: &Books, table: Table, filter: Filter, said: &[Row]) -> usize {
    let said: Vec<_> = said
        .iter()
        .filter(|row| passes(table, &filter, row))
        .cloned()
        .collect();
    let limit = u32::try_from(said.len() / 2 + 1).unwrap();
    let found = paged(books, table, &filter, limit).await;
    assert_eq!(found, said, "{} by {filter:?}", table.name());
    found.len()
}

#[tokio::test]
async fn before_the_first_event_there_was_nothing_and_after_the_last_is_now() {
    for books in Books::each().await {
        let long_ago = AsOf::Time(datetime!(2001-01-01 00:00 UTC));
        let in_the_future = AsOf::Time(datetime!(2990-01-01 00:00 UTC));
        for table in TABLES {
            let empty = books.ask(table, as_of(in_the_future, all())).await.unwrap();
            assert_eq!(empty.rows, [], "of empty books");
        }
        witnessed(&books, 5, 60).await;
        for table in TABLES {
            let ask = async |then| books.ask(table, as_of(then, all())).await.unwrap().rows;
            assert_eq!(ask(AsOf::Position(0)).await, []);
            assert_eq!(ask(long_ago).await, []);
            let now = books.rows(table).await;
            assert!(!now.is_empty());
            assert_eq!(ask(AsOf::Position(i64::MAX)).await, now);
            assert_eq!(ask(in_the_future).await, now);
        }
    }
}

#[tokio::test]
async fn a_moment_shows_what_was_recorded_by_then_and_nothing_later() {
    for books in Books::each().await {
        let moments = witnessed(&books, 8, 60).await;
        for pair in moments.windows(2) {
            let (earlier, later) = (&pair[0], &pair[1]);
            let just_before = later.recorded_at - Duration::microseconds(1);
            for then in [earlier.recorded_at, just_before] {
                let answer = books
                    .ask(Table::Balances, as_of(AsOf::Time(then), all()))
                    .await
                    .unwrap();
                assert_eq!(answer.rows, earlier.tables[2], "as of {then}");
            }
        }
    }
}

/// A clock that goes on by hours each time it is looked at, and sometimes steps back by
/// less than a minute, as clocks do that are set right.
#[derive(Debug)]
struct Restless(AtomicI64);

impl Clock for Restless {
    fn now(&self) -> OffsetDateTime {
        let looks = self.0.fetch_add(1, Ordering::Relaxed);
        let steps_back = if looks % 4 == 3 { looks % 40 } else { 0 };
        let hours = if looks % 4 == 3 { looks - 1 } else { looks };
        datetime!(2026-01-01 00:00 UTC) + Duration::hours(7 * hours) - Duration::seconds(steps_back)
    }

    fn fresh_id(&self) -> Uuid {
        SystemClock.fresh_id()
    }
}

#[tokio::test]
async fn a_moment_is_found_in_a_long_log_whose_clock_steps_back_a_little() {
    for books in Books::each().await {
        let books = books.by_clock(Arc::new(Restless(AtomicI64::new(0))));
        witnessed(&books, 9, 100).await;
        let log = books.log().await;
        let rising = log.windows(2);
        let back = rising.filter(|it| it[0].recorded_at > it[1].recorded_at);
        assert_ne!(back.count(), 0, "the clock steps back");
        let recorded = log.iter().map(|event| event.recorded_at);
        let moments: BTreeSet<_> = recorded
            .flat_map(|at| [at, at - Duration::MICROSECOND])
            .collect();
        let ask = async |then| {
            let answer = books.ask(Table::Balances, as_of(then, all())).await;
            answer.unwrap().rows
        };
        let mut by_position = BTreeMap::new();
        for then in moments {
            let seen = log.iter().filter(|it| it.recorded_at <= then);
            let position = seen.map(|it| it.position()).max().unwrap_or(0);
            if let Entry::Vacant(unasked) = by_position.entry(position) {
                unasked.insert(ask(AsOf::Position(position)).await);
            }
            let by_time = ask(AsOf::Time(then)).await;
            assert_eq!(by_time, by_position[&position], "as of {then}");
        }
    }
}

#[tokio::test]
async fn tables_that_show_the_present_only_say_so() {
    let books = Books::new().await;
    for table in Table::ALL {
        let answer = books.ask(table, as_of(AsOf::Position(1), all())).await;
        if TABLES.contains(&table) {
            assert!(answer.is_ok());
        } else {
            let error = answer.expect_err("refused");
            assert!(matches!(error, QueryError::NoPast { .. }));
            let name = table.name();
            assert_eq!(
                error.to_string(),
                format!(
                    "{name} cannot be asked as of a time; payouts, transactions and balances can"
                )
            );
        }
    }
}
