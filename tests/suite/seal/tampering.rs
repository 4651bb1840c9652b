//! What can be done to the books in the database by hand: each is found by `payoutd verify`,
//! named, and told apart from the others.

use futures::{StreamExt, stream};
use store::Backend;

use super::stage::{EACH, Stage, broken};

const SEALED: &str = "every sealed event is as it was sealed";
const WHOLE: &str = "every block of seals is whole and follows the one before";
const STREAMS: &str = "every stream's versions are 1 to n, and its head is at n";
const RECEIPTS: &str = "the events of every accepted command are in the log";
const CAUSES: &str = "every event of a command is told of in its receipt";
const SOURCES: &str = "every webhook that the log has applied is in the archive";
const BODIES: &str = "every archived webhook has the body it came with";
const READABLE: &str = "every event of the log can be read";
const TRANSACTIONS: &str = "transactions equal their rebuild";
const PAYOUTS: &str = "payouts equal their rebuild";
const POSTINGS: &str = "postings equal their rebuild, as far as they have followed";
const BALANCES: &str = "balances are the sums of their postings";
const ALIASES: &str = "every outside name belongs to the stream that claimed it";
const PUBLISHED: &str = "the chain of seals leads to the head that was published";
/// Books are prepared and checked so many at a time.
const AT_ONCE: usize = 2;

/// One deed: its name, what is run, the law that it breaks, and what is said of it.
type Deed = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const EVERYWHERE: &[Deed] = &[
    (
        "an event's data is edited",
        &[
            "UPDATE events SET data = replace(data::text, '1000', '1100')::json \
            WHERE type = 'transfer-recorded'",
        ],
        SEALED,
        "transfer-recorded, version 1 of transfer-tr_1) was edited since block 1 sealed it",
    ),
    (
        "an event's metadata is edited",
        &[
            "UPDATE events SET metadata = replace(metadata::text, 'record-transfer', 'x')::json \
            WHERE type = 'transfer-recorded'",
        ],
        SEALED,
        "was edited since block 1 sealed it",
    ),
    (
        "an event's time is edited",
        &[
            "UPDATE events SET recorded_at = '2020-01-01T00:00:00.000000Z' \
            WHERE type = 'payout-paid'",
        ],
        SEALED,
        "(payout-paid, version 3 of payout-00000000-0000-0000-0000-000000000001) was edited since \
         block 2 sealed it",
    ),
    (
        "an event is deleted in the middle",
        &["DELETE FROM events WHERE stream = 'balance-seller-usd' AND version = 2"],
        SEALED,
        "(version 2 of its stream) was deleted since block 1 sealed it",
    ),
    (
        "a stream's newest event is deleted and its head moved back",
        &[
            "DELETE FROM events WHERE type = 'payout-paid'",
            "UPDATE streams SET version = version - 1 \
                WHERE stream = 'payout-00000000-0000-0000-0000-000000000001'",
        ],
        SEALED,
        "(version 3 of its stream) was deleted since block 2 sealed it",
    ),
    (
        "two events of a stream are swapped",
        &[
            "UPDATE events SET version = -1 WHERE stream = 'balance-seller-usd' AND version = 1",
            "UPDATE events SET version = 1 WHERE stream = 'balance-seller-usd' AND version = 2",
            "UPDATE events SET version = 2 WHERE stream = 'balance-seller-usd' AND version = -1",
        ],
        SEALED,
        "was reordered: it was version 1 when it was sealed",
    ),
    (
        "a read row is edited",
        &["UPDATE transactions SET net_minor = 7 WHERE transaction_id = 'a'"],
        TRANSACTIONS,
        "transaction a is not as the log tells: net_minor is 7, not 1000",
    ),
    (
        "a read row is deleted",
        &["DELETE FROM transactions WHERE transaction_id = 'a'"],
        TRANSACTIONS,
        "transaction a is in the log but not in the table",
    ),
    (
        "a read row is inserted",
        &[
            "INSERT INTO payouts SELECT tenant, '00000000-0000-0000-0000-000000000009', seller_id, \
            status, amount_minor, currency, item_count, origin, stripe_payout_id, method, \
            description, arrival_date, failure_code, failure_message, requested_at, paid_at, \
            updated_at, version, held_up FROM payouts WHERE status = 'paid'",
        ],
        PAYOUTS,
        "payout 00000000-0000-0000-0000-000000000009 is in the table but not in the log",
    ),
    (
        "a posting is edited",
        &["UPDATE postings SET amount_minor = amount_minor + 1 WHERE line = 1 AND position = 2"],
        POSTINGS,
        "line 1 of event 2 is not as the log tells: amount_minor is ",
    ),
    (
        "a balance is edited",
        &["UPDATE balances SET paid_out_minor = 1"],
        BALANCES,
        "seller/seller/paid_out in usd: 1 in the balance, 2000 in the books",
    ),
    (
        "a receipt is altered",
        &[
            "UPDATE receipts SET outcome = replace(outcome::text, 'transfer-tr_1', \
            'transfer-tr_9')::json WHERE command = 'record-transfer'",
        ],
        RECEIPTS,
        "event 1 of transfer-tr_9 is not in the log",
    ),
    (
        "a receipt is deleted",
        &["DELETE FROM receipts WHERE command = 'record-transfer'"],
        CAUSES,
        "event 1 of transfer-tr_1 is of the command with key ",
    ),
    (
        "the body of a webhook is deleted with its row",
        &["DELETE FROM inbox WHERE event_id = 'evt_paid'"],
        SOURCES,
        "event evt_paid has caused events of the log, but is not in the archive as applied",
    ),
    (
        "a block of seals is edited",
        &["UPDATE seals SET events = events + 1 WHERE number = 2"],
        WHOLE,
        "block 2 was altered: its hash is not that of what it says",
    ),
    (
        "a block of seals is deleted",
        &["DELETE FROM seals WHERE number = 2"],
        WHOLE,
        "block 2 is missing",
    ),
    (
        "the last block of seals is deleted",
        &["DELETE FROM seals WHERE number = 3"],
        WHOLE,
        "the chain ends with block 2 before it; a block is missing at the end",
    ),
    (
        "a stream's head is moved",
        &["UPDATE streams SET version = 9 WHERE stream = 'transfer-tr_1'"],
        STREAMS,
        "transfer-tr_1: 1 events, from version 1 to 1, head at 9",
    ),
    (
        "an outside name is given to another stream",
        &["UPDATE aliases SET stream = 'balance-other-usd' WHERE alias = 'transaction/a'"],
        ALIASES,
        "transaction/a was claimed by balance-seller-usd, and belongs to balance-other-usd",
    ),
    (
        "an outside name is forgotten",
        &["DELETE FROM aliases WHERE alias = 'stripe-account/acct_1'"],
        ALIASES,
        "stripe-account/acct_1 was claimed by seller-seller, and is not in the table",
    ),
];

const FORGED: Deed = (
    "an event is forged at the end, with its stream's head",
    &[
        "INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata, \
            recorded_at) SELECT tenant, stream, 2, type, schema_version, data, metadata, \
            recorded_at FROM events WHERE stream = 'transfer-tr_1'",
        "UPDATE streams SET version = 2 WHERE stream = 'transfer-tr_1'",
    ],
    CAUSES,
    "event 2 of transfer-tr_1 is of the command with key ",
);

const ON_POSTGRES: &[Deed] = &[
    FORGED,
    (
        "an event is inserted into the past",
        &[
            "INSERT INTO events (position, txid, tenant, stream, version, type, schema_version, \
            data, metadata, recorded_at) OVERRIDING SYSTEM VALUE \
            SELECT 99999, txid, tenant, stream, 2, type, schema_version, data, metadata, \
            recorded_at FROM events WHERE stream = 'transfer-tr_1'",
        ],
        SEALED,
        "event 99999 (transfer-recorded, version 2 of transfer-tr_1) was inserted",
    ),
    (
        "events of two streams change places",
        &[
            "ALTER TABLE events ALTER COLUMN position SET GENERATED BY DEFAULT",
            "UPDATE events AS e SET position = -o.position, txid = o.txid FROM events AS o \
                WHERE e.type = 'transfer-recorded' AND o.type = 'seller-registered' \
                OR e.type = 'seller-registered' AND o.type = 'transfer-recorded'",
            "UPDATE events SET position = -position WHERE position < 0",
        ],
        SEALED,
        "was reordered: it was event ",
    ),
    (
        "the body of a webhook is edited",
        &["UPDATE inbox SET body = body || ' '::bytea WHERE event_id = 'evt_other'"],
        BODIES,
        "event evt_other: its body is not the one that was archived",
    ),
    (
        "the entries of a block are edited",
        &[
            "UPDATE seals SET entries = decode(repeat('00', length(entries)), 'hex') \
            WHERE number = 1",
        ],
        WHOLE,
        "block 1 was altered: its entries are not",
    ),
];

/// Where the order of the log is its positions alone.
const INSERTED: Deed = (
    "an event is inserted before all others",
    &[
        "INSERT INTO events (position, tenant, stream, version, type, schema_version, data, \
            metadata, recorded_at) SELECT 0, tenant, stream, 2, type, schema_version, data, \
            metadata, recorded_at FROM events WHERE stream = 'transfer-tr_1'",
        "UPDATE streams SET version = 2 WHERE stream = 'transfer-tr_1'",
    ],
    READABLE,
    "have a place in the order of the log",
);

const SWAPPED: Deed = (
    "events of two streams change places",
    &[
        "UPDATE events SET position = -1 WHERE type = 'seller-registered'",
        "UPDATE events SET position = 1 WHERE type = 'transfer-recorded'",
        "UPDATE events SET position = 4 WHERE position = -1",
    ],
    SEALED,
    "event 1 (transfer-recorded, version 1 of transfer-tr_1) was reordered: it was event 4",
);

const ON_SQLITE: &[Deed] = &[
    FORGED,
    INSERTED,
    SWAPPED,
    (
        "the body of a webhook is edited",
        &["UPDATE inbox SET body = CAST(body || ' ' AS BLOB) WHERE event_id = 'evt_other'"],
        BODIES,
        "event evt_other: its body is not the one that was archived",
    ),
    (
        "the entries of a block are edited",
        &["UPDATE seals SET entries = zeroblob(length(entries)) WHERE number = 1"],
        WHOLE,
        "block 1 was altered: its entries are not",
    ),
];

const ON_MARIADB: &[Deed] = &[
    (
        "an event is forged at the end, with its stream's head",
        &[
            "INSERT INTO events (position, tenant, stream, version, type, schema_version, data, \
                metadata, recorded_at) SELECT (SELECT position + 1 FROM log_end), tenant, stream, \
                2, type, schema_version, data, metadata, recorded_at FROM events \
                WHERE stream = 'transfer-tr_1'",
            "UPDATE log_end SET position = position + 1",
            "UPDATE streams SET version = 2 WHERE stream = 'transfer-tr_1'",
        ],
        CAUSES,
        "event 2 of transfer-tr_1 is of the command with key ",
    ),
    INSERTED,
    SWAPPED,
    (
        "the body of a webhook is edited",
        &["UPDATE inbox SET body = CONCAT(body, ' ') WHERE event_id = 'evt_other'"],
        BODIES,
        "event evt_other: its body is not the one that was archived",
    ),
    (
        "the entries of a block are edited",
        &["UPDATE seals SET entries = UNHEX(REPEAT('00', LENGTH(entries))) WHERE number = 1"],
        WHOLE,
        "block 1 was altered: its entries are not",
    ),
];

#[tokio::test]
async fn whatever_is_done_to_the_books_on_sqlite_is_found_and_named() {
    each_is_found(Backend::Sqlite, ON_SQLITE).await;
}

#[tokio::test]
async fn whatever_is_done_to_the_books_on_postgres_is_found_and_named() {
    each_is_found(Backend::Postgres, ON_POSTGRES).await;
}

#[tokio::test]
async fn whatever_is_done_to_the_books_on_mariadb_is_found_and_named() {
    each_is_found(Backend::MariaDb, ON_MARIADB).await;
}

async fn each_is_found(backend: Backend, own: &'static [Deed]) {
    let wrong: Vec<String> = stream::iter(EVERYWHERE.iter().chain(own))
        .map(|deed| is_found(backend, deed))
        .buffer_unordered(AT_ONCE)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is wrong, if the deed is not found.
async fn is_found(backend: Backend, deed: &Deed) -> Option<String> {
    let (name, statements, law, told) = deed;
    let stage = Stage::on(backend).await;
    stage.tamper(statements).await;
    let (code, report) = stage.verify(&[]).await;
    let offender = broken(&report, law);
    let found = code == 1 && offender.contains(told);
    (!found).then(|| format!("{name}: exit code {code}, {law}: {offender:?} in {report:#}"))
}

#[tokio::test]
async fn honest_books_hold_and_lead_to_their_head() {
    for backend in EACH {
        let stage = Stage::on(backend).await;
        let head = stage.file("head.json");
        let (code, report) = stage.verify(&["--head", &head.display().to_string()]).await;
        assert_eq!(code, 0, "{report:#}");
        assert_eq!(
            report["laws"].as_array().map(Vec::len),
            Some(24),
            "{report:#}"
        );
    }
}

#[tokio::test]
async fn a_chain_that_is_rewritten_from_the_beginning_does_not_lead_to_an_earlier_head() {
    for backend in EACH {
        let stage = Stage::on(backend).await;
        // Somebody edits an event and everything that follows from it, and seals anew.
        stage
            .tamper(&[
                "UPDATE events SET data = replace(data::text, 'as agreed', 'as I say')::json \
                 WHERE type = 'payout-requested' AND version = 1",
                "UPDATE payouts SET description = 'as I say'",
                "DELETE FROM seals",
                "DELETE FROM checkpoints WHERE follower = 'seals'",
            ])
            .await;
        stage.seal().await;
        let (code, report) = stage.verify(&[]).await;
        assert_eq!(code, 0, "nothing inside tells of it: {report:#}");
        let head = stage.file("head.json").display().to_string();
        let (code, report) = stage.verify(&["--head", &head]).await;
        assert_eq!(code, 1);
        let told = broken(&report, PUBLISHED);
        assert!(told.contains("the chain"), "{told}");
    }
}

#[tokio::test]
async fn an_event_that_no_block_has_yet_is_told_and_is_no_offence() {
    let stage = Stage::on(Backend::Sqlite).await;
    stage.sale("late", serde_json::json!({})).await;
    let (code, report) = stage.verify(&[]).await;
    assert_eq!(code, 0, "{report:#}");
    assert!(report.to_string().contains("not sealed yet"), "{report:#}");
}

#[tokio::test]
async fn honest_books_hold_while_commands_go_on() {
    for backend in EACH {
        let stage = Stage::on(backend).await;
        let working = async {
            for number in 0..200 {
                stage
                    .sale(&format!("t{number}"), serde_json::json!({}))
                    .await;
                if number % 40 == 0 {
                    stage.seal().await;
                }
            }
        };
        let checking = async {
            let head = stage.file("head.json").display().to_string();
            for _ in 0..3 {
                let (code, report) = stage.verify(&["--head", &head]).await;
                assert_eq!(code, 0, "{report:#}");
            }
        };
        tokio::join!(working, checking);
    }
}

#[tokio::test]
async fn who_may_only_read_can_verify() {
    for backend in [Backend::Postgres, Backend::MariaDb] {
        let mut stage = Stage::on(backend).await;
        // What follows the log has something to follow, which an auditor cannot do.
        stage.sale("late", serde_json::json!({})).await;
        stage.read_only().await;
        let (code, report) = stage.verify(&[]).await;
        assert!(report.to_string().contains("1 events behind"), "{report:#}");
        assert_eq!(code, 0, "{report:#}");
    }
}
