//! The trial balance and sellers' statements, of a random history.

use std::collections::BTreeMap;

use domain::{id::SellerId, money::Currency};
use projections::{
    follower,
    query::{AsOf, Filter, QueryError, Table},
    statement,
    trial_balance::{self, TrialBalance},
};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    books::{Books, Row, all, tenant, usd},
    history::Dice,
    marketplace::{self, SELLERS},
};

async fn lived(books: &Books, seed: u64, steps: u64) {
    let mut dice = Dice::new(seed);
    for number in 0..steps {
        marketplace::step(books, &mut dice, number).await;
    }
    follower::catch_up(&books.database).await.unwrap();
}

fn everything() -> trial_balance::Question {
    trial_balance::Question {
        tenant: tenant(),
        seller: None,
        currency: None,
        as_of: None,
    }
}

async fn trial(books: &Books, question: trial_balance::Question) -> TrialBalance {
    trial_balance::run(&books.database, &question)
        .await
        .unwrap()
}

fn minor(row: &Row, column: &str) -> i64 {
    row[column]
        .as_i64()
        .unwrap_or_else(|| panic!("{column} of {row:?}"))
}

/// Amounts by currency and account.
fn sums(trial: &TrialBalance) -> BTreeMap<(String, String), i64> {
    let key = |row: &Row, column: &str| row[column].as_str().unwrap().to_owned();
    let rows = trial.rows.iter();
    rows.map(|row| {
        let key = (key(row, "currency"), key(row, "account"));
        (key, minor(row, "amount_minor"))
    })
    .collect()
}

#[tokio::test]
async fn the_trial_balance_is_zero_at_every_position_and_agrees_with_the_balances() {
    for books in Books::each().await {
        lived(&books, 41, 250).await;
        let end = books.log().await.last().unwrap().position();
        for position in (0..=end).step_by(7) {
            let as_of = Some(AsOf::Position(position));
            let trial = trial(
                &books,
                trial_balance::Question {
                    as_of,
                    ..everything()
                },
            )
            .await;
            assert!(trial.balanced && trial.complete, "at {position}: {trial:?}");
            let sums = sums(&trial);

            let then = Filter {
                as_of,
                limit: Some(1000),
                ..all()
            };
            let balances = books.ask(Table::Balances, then).await.unwrap().rows;
            for place in ["pending", "available", "reserved", "paid_out"] {
                let mut owed = BTreeMap::<_, i64>::new();
                for row in &balances {
                    let currency = row["currency"].as_str().unwrap().to_owned();
                    *owed.entry(currency).or_default() += minor(row, &format!("{place}_minor"));
                }
                for (currency, owed) in owed {
                    let posted = sums.get(&(currency.clone(), place.to_owned()));
                    assert_eq!(posted.copied().unwrap_or(0), owed, "{currency} {place}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_sellers_trial_balances_add_up_to_the_whole() {
    for books in Books::each().await {
        lived(&books, 42, 250).await;
        let whole = sums(&trial(&books, everything()).await);
        assert_eq!(whole.len(), 3 * 7, "three currencies");
        let mut added = BTreeMap::<_, i64>::new();
        for seller in SELLERS {
            let seller = Some(SellerId::new(seller).unwrap());
            let one = trial(
                &books,
                trial_balance::Question {
                    seller,
                    ..everything()
                },
            )
            .await;
            assert!(one.balanced);
            for (key, minor) in sums(&one) {
                *added.entry(key).or_default() += minor;
            }
        }
        assert_eq!(added, whole);
    }
}

#[tokio::test]
async fn books_that_were_tampered_with_do_not_balance() {
    let books = Books::new().await;
    lived(&books, 43, 60).await;
    books
        .tamper("UPDATE postings SET amount_minor = amount_minor + 1 WHERE account = 'fees'")
        .await;
    assert!(!trial(&books, everything()).await.balanced);
    let jpy = Some(Currency::parse("jpy").unwrap());
    let one = trial(
        &books,
        trial_balance::Question {
            currency: jpy,
            ..everything()
        },
    )
    .await;
    assert!(one.rows.iter().all(|row| row["currency"] == "jpy"));
}

#[tokio::test]
async fn a_trial_balance_says_whether_the_postings_have_followed() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        let behind = trial(&books, everything()).await;
        assert!(!behind.complete && behind.balanced);
        follower::catch_up(&books.database).await.unwrap();
        let trial = trial(&books, everything()).await;
        assert!(trial.complete);
        assert_eq!(trial.rows.len(), 7);
        assert_eq!(trial.rows[0]["amount"], usd("-10.00"));
        assert_eq!(trial.rows[6]["account"], "total");
    }
}

fn whole(seller: &str) -> statement::Question {
    statement::Question {
        tenant: tenant(),
        seller: SellerId::new(seller).unwrap(),
        currency: None,
        since: None,
        until: None,
    }
}

async fn state(books: &Books, question: &statement::Question) -> Vec<Row> {
    statement::run(&books.database, question).await.unwrap()
}

const PLACES: [&str; 4] = [
    "pending_minor",
    "available_minor",
    "reserved_minor",
    "paid_out_minor",
];

fn places(row: &Row) -> [i64; 4] {
    PLACES.map(|place| minor(row, place))
}

fn plus(a: [i64; 4], b: [i64; 4]) -> [i64; 4] {
    std::array::from_fn(|index| a[index] + b[index])
}

/// Opening and closing of each currency, after checking what is between them.
fn checked(rows: &[Row]) -> BTreeMap<String, ([i64; 4], [i64; 4])> {
    let mut books = BTreeMap::new();
    let mut rows = rows.iter().peekable();
    while let Some(opening) = rows.next() {
        assert_eq!(opening["line"], "opening");
        let mut now = places(opening);
        let mut position = 0;
        while let Some(row) = rows.next_if(|row| row["line"] == "movement") {
            assert_eq!(row["currency"], opening["currency"]);
            assert!(minor(row, "position") >= position, "in order");
            position = minor(row, "position");
            now = plus(now, places(row));
            assert_eq!(minor(row, "owed_minor"), now[0] + now[1] + now[2]);
        }
        let closing = rows.next().unwrap();
        assert_eq!(closing["line"], "closing");
        assert_eq!(
            places(closing),
            now,
            "opening and movements make the closing"
        );
        let currency = opening["currency"].as_str().unwrap().to_owned();
        books.insert(currency, (places(opening), now));
    }
    books
}

#[tokio::test]
async fn opening_and_movements_make_the_closing_which_is_the_balance() {
    for books in Books::each().await {
        lived(&books, 51, 400).await;
        let mut words = BTreeMap::<_, u64>::new();
        for seller in SELLERS {
            let rows = state(&books, &whole(seller)).await;
            let closings = checked(&rows);
            for row in rows.iter().filter(|row| row["line"] == "movement") {
                *words.entry(row["what"].to_string()).or_default() += 1;
            }
            for balance in books.rows(Table::Balances).await {
                if balance["seller_id"] == seller {
                    let (opening, closing) = closings[balance["currency"].as_str().unwrap()];
                    assert_eq!(opening, [0; 4]);
                    assert_eq!(closing, places(&balance));
                }
            }
        }
        for what in [
            "sale",
            "refund",
            "dispute",
            "release",
            "payout_requested",
            "payout_paid",
            "payout_failed",
            "payout_canceled",
        ] {
            assert!(
                words.contains_key(&format!("{what:?}")),
                "{what}: {words:?}"
            );
        }
        assert!(!words.contains_key("\"payout_returned\""), "{words:?}");
    }
}

#[tokio::test]
async fn a_period_begins_where_the_one_before_it_ended() {
    for books in Books::each().await {
        lived(&books, 52, 250).await;
        let log = books.log().await;
        let mut dice = Dice::new(9);
        for _ in 0..20 {
            let count = u64::try_from(log.len()).unwrap();
            let mut at = || log[usize::try_from(dice.below(count)).unwrap()].recorded_at;
            let (one, other) = (at(), at());
            let (since, until) = (one.min(other), one.max(other));
            let part = async |since: Option<OffsetDateTime>, until| {
                let question = statement::Question {
                    since,
                    until,
                    ..whole(SELLERS[0])
                };
                let rows = state(&books, &question).await;
                let movements = rows.iter().filter(|row| row["line"] == "movement").count();
                (checked(&rows), movements)
            };
            let (first, a) = part(None, Some(since)).await;
            let (second, b) = part(Some(since), Some(until)).await;
            let (third, c) = part(Some(until), None).await;
            let (whole, all) = part(None, None).await;
            assert_eq!(a + b + c, all);
            for (currency, (_, closing)) in first {
                assert_eq!(second[&currency].0, closing);
            }
            for (currency, (_, closing)) in second {
                assert_eq!(third[&currency].0, closing);
            }
            for (currency, (_, closing)) in third {
                assert_eq!(whole[&currency].1, closing);
            }
        }
    }
}

#[tokio::test]
async fn a_statement_names_what_moved() {
    let books = Books::new().await;
    let more = json!({ "order_id": "order-1", "fee": usd("1.00") });
    books.transaction("a", more).await;
    let payout = books.payout(1).await;
    books
        .accepted("cancel-payout", json!({ "payout_id": payout }))
        .await;
    let rows = state(&books, &whole("seller")).await;
    assert_eq!(rows.len(), 5);
    let sale = &rows[1];
    assert_eq!(sale["what"], "sale");
    assert_eq!(sale["transaction_id"], "a");
    assert_eq!(sale["order_id"], "order-1");
    assert_eq!(sale["gross"], usd("10.00"));
    assert_eq!(sale["fee"], usd("1.00"));
    assert_eq!(sale["amount"], usd("9.00"));
    assert_eq!(sale["owed"], usd("9.00"));
    assert_eq!(rows[2]["what"], "payout_requested");
    assert_eq!(rows[2]["payout_id"], payout);
    assert_eq!(rows[2]["available"], usd("-9.00"));
    assert_eq!(rows[2]["reserved"], usd("9.00"));
    assert_eq!(rows[3]["what"], "payout_canceled");
    assert_eq!(rows[4]["available"], usd("9.00"));
}

#[tokio::test]
async fn a_seller_that_nobody_knows_has_no_statement() {
    let books = Books::new().await;
    let error = statement::run(&books.database, &whole("nobody"))
        .await
        .expect_err("refused");
    assert!(matches!(error, QueryError::SellerNotFound(_)));
    assert_eq!(error.to_string(), "there is no seller nobody");
    let body = json!({ "seller_id": "new", "stripe_account": "acct_1" });
    books.accepted("register-seller", body).await;
    assert_eq!(state(&books, &whole("new")).await, Vec::<Row>::new());
}
