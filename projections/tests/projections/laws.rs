//! `verify` passes what is right, and names what is wrong.

use futures::future::join_all;
use projections::{follower, statements};
use serde_json::json;
use store::Backend;

use crate::{
    books::{Books, tenant},
    history,
};

#[tokio::test]
async fn the_laws_hold_after_any_history() {
    for books in Books::each().await {
        for seed in 10..13 {
            history::live(&books, seed, 250).await;
            // Twice on the same connections, with the followers behind and not.
            let report = books.verify().await;
            assert!(report.holds(), "seed {seed}: {report:#?}");
            follower::catch_up(&books.database).await.unwrap();
            let report = books.verify().await;
            assert!(report.holds(), "seed {seed}: {report:#?}");
        }
    }
}

#[tokio::test]
async fn the_laws_hold_however_many_write_and_however_little_isolated() {
    use store::Isolation::{ReadCommitted, RepeatableRead, Serializable};
    for isolation in [ReadCommitted, RepeatableRead, Serializable] {
        for books in Books::each().await {
            let writers = [(); 3].map(|()| books.by_another_writer(isolation));
            let lives = (30..)
                .zip(&writers)
                .map(|(seed, books)| history::live(books, seed, 150));
            join_all(lives).await;
            follower::catch_up(&books.database).await.unwrap();
            let report = books.verify().await;
            assert!(report.holds(), "{isolation:?}: {report:#?}");
        }
    }
}

#[tokio::test]
async fn verify_changes_nothing_and_leaves_nothing_behind() {
    for books in Books::each().await {
        books.transaction("tx", json!({})).await;
        // Prepared before there are temporary tables, and used again after.
        for sql in statements::ALL {
            books.database.prepare(sql).await.unwrap();
        }
        let before = books.rows(projections::query::Table::Transactions).await;
        for _ in 0..10 {
            assert!(books.verify().await.holds());
            assert_eq!(
                books.rows(projections::query::Table::Transactions).await,
                before
            );
        }
        books.transaction("another", json!({})).await;
        assert!(books.verify().await.holds());
    }
}

/// What is done to the books, the law that breaks, and what is said of it.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "UPDATE sellers SET payout_schedule = 'daily'",
        "sellers equal their rebuild",
        "seller seller is not as the log tells",
    ),
    (
        "UPDATE payouts SET status = 'paid'",
        "payouts equal their rebuild",
        "payout 0",
    ),
    (
        "DELETE FROM payout_items",
        "payout items equal their rebuild",
        "is in the log but",
    ),
    (
        "UPDATE transactions SET blocked = NOT blocked WHERE transaction_id = 'b'",
        "transactions equal their rebuild",
        "transaction b is not as the log tells",
    ),
    (
        "UPDATE transfers SET payout_id = NULL",
        "transfers equal their rebuild",
        "transfer tr",
    ),
    (
        "UPDATE balances SET available_minor = 1",
        "balances are the sums of their postings",
        "seller/seller/available in usd: 1 in the balance, 0 in the books",
    ),
    (
        "UPDATE balances SET reserved_minor = 1",
        "what is reserved and paid out is what payouts hold",
        "seller in usd: 1 reserved and 0 paid out, of items 2000 and 0",
    ),
    (
        "UPDATE postings SET amount_minor = 3 WHERE line = 1",
        "postings equal their rebuild, as far as they have followed",
        "line 1 of event",
    ),
    (
        "UPDATE daily_rollups SET payouts_requested_count = 7",
        "daily rollups equal their rebuild, as far as they have followed",
        "sums of seller in usd on ",
    ),
    (
        "INSERT INTO payout_items SELECT tenant, '00000000-0000-0000-0000-000000000009', \
         transaction_id, amount_minor, currency, transfer_id, returned FROM payout_items \
         WHERE transaction_id = 'a'",
        "no transaction is in two live payouts",
        "transaction a is in 2 live payouts",
    ),
    (
        "UPDATE streams SET version = 9 WHERE stream = 'balance-seller-usd'",
        "every stream's versions are 1 to n, and its head is at n",
        "balance-seller-usd: 3 events, from version 1 to 3, head at 9",
    ),
    (
        "DELETE FROM events WHERE stream = 'transfer-tr'",
        "the events of every accepted command are in the log",
        "event 1 of transfer-tr is not in the log",
    ),
    (
        "UPDATE events SET type = 'payout-forgotten' WHERE type = 'payout-requested'",
        "every event of the log can be read",
        "\"payout-forgotten\"",
    ),
    (
        "UPDATE inbox SET outcome = 'lost'",
        "every webhook came to a known outcome",
        "1 with outcome \"lost\"",
    ),
    (
        "UPDATE inbox SET outcome = 'ignored', reason = 'dropped'",
        "every webhook that was dropped is so in the log, and the other way round",
        "is dropped in the archive, but not in the log",
    ),
    (
        "INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, \
         recorded_at) SELECT tenant, 'webhook-evt_x-h', 1, 'webhook-dropped', 1, \
         '{\"event_id\":\"evt_x\",\"body_hash\":\"h\",\"reason\":\"r\",\
         \"outcome_before\":\"dead\"}', \
         metadata, recorded_at FROM events WHERE stream = 'transfer-tr'",
        "every webhook that was dropped is so in the log, and the other way round",
        "event evt_x is dropped in the log, but not in the archive",
    ),
];

#[tokio::test]
async fn a_law_that_is_broken_names_its_first_offender() {
    for &(statement, law, offender) in BROKEN {
        for books in Books::each().await {
            disorder(&books, statement).await;
            let report = books.verify().await;
            let broken = report.laws.iter().find(|found| found.name == law);
            let told = broken
                .and_then(|law| law.offender.clone())
                .unwrap_or_default();
            assert!(
                told.contains(offender),
                "{statement}: {law}: {told:?} in {report:#?}"
            );
        }
    }
}

/// Books with a bit of everything, and one thing wrong.
async fn disorder(books: &Books, statement: &str) {
    let seller = json!({ "seller_id": "seller", "stripe_account": "acct_1" });
    books.accepted("register-seller", seller).await;
    books.transaction("a", json!({ "transfer": "tr" })).await;
    books.transaction("b", json!({})).await;
    let transfer = json!({
        "transfer_id": "tr", "seller_id": "seller",
        "amount": { "amount": "10.00", "currency": "usd" },
    });
    books.accepted("record-transfer", transfer).await;
    books.payout(1).await;
    books
        .told(
            "evt",
            "coupon.created",
            json!({ "id": "c", "object": "coupon" }),
        )
        .await;
    follower::catch_up(&books.database).await.unwrap();
    assert!(books.verify().await.holds());

    if statement.contains("00000000-0000-0000-0000-000000000009") {
        // The second payout that the item is in.
        books
            .tamper(
                "INSERT INTO payouts SELECT tenant, '00000000-0000-0000-0000-000000000009', \
             seller_id, status, amount_minor, currency, item_count, origin, stripe_payout_id, \
             method, description, arrival_date, failure_code, failure_message, requested_at, \
             paid_at, updated_at, version, held_up FROM payouts",
            )
            .await;
    }
    // Nobody but the ledger counts positions there.
    let statement = match books.database.backend() {
        Backend::MariaDb => statement
            .replace("events (tenant", "events (position, tenant")
            .replace(
                "SELECT tenant, 'webhook",
                "SELECT position + 9, tenant, 'webhook",
            ),
        Backend::Postgres | Backend::Sqlite => statement.to_owned(),
    };
    books.tamper(&statement).await;
}

#[tokio::test]
async fn each_tenant_has_books_of_its_own() {
    for books in Books::each().await {
        books.transaction("tx", json!({})).await;
        let command = domain::Command::parse(
            "record-transaction",
            json!({
                "transaction_id": "tx", "seller_id": "seller", "kind": "payment",
                "gross": { "amount": "5.00", "currency": "usd" },
            })
            .to_string()
            .as_bytes(),
        );
        let other = domain::id::Tenant::new("other").unwrap();
        let request = store::Request {
            tenant: other.clone(),
            command: command.unwrap(),
            key: None,
        };
        books.ledger.execute(request).await;
        follower::catch_up(&books.database).await.unwrap();
        for tenant in [tenant(), other] {
            let report = projections::verify::verify(&books.database, &tenant)
                .await
                .unwrap();
            assert!(report.holds(), "{report:#?}");
        }
        assert_eq!(
            books
                .rows(projections::query::Table::Transactions)
                .await
                .len(),
            1
        );
    }
}
