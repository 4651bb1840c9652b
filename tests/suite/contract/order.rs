//! Everybody takes locks in one order: two batches that want the same things in opposite orders
//! wait for each other one way only.

use std::{sync::Arc, time::Duration};

use domain::Code;
use store::{Ledger, Reply, Request};
use support::eventually;

use super::{
    ground::Ground,
    inline::Gate,
    inputs::{code, earn, keyed, once, request_payout},
    raw::Raw,
};

on_postgres! {
    new_streams_are_opened_in_one_order
    names_are_claimed_in_one_order
    receipts_are_written_in_one_order
}

const SOON: Duration = Duration::from_secs(15);

async fn new_streams_are_opened_in_one_order(ground: &Ground) {
    let hold = "INSERT INTO streams VALUES ('default', 'balance-s1-usd', 1);
        INSERT INTO events (tenant, stream, version, type, schema_version, data, metadata,
            recorded_at)
        VALUES ('default', 'balance-s1-usd', 1, 'held', 1, '{}', '{}', now())";
    let request = |name: &str, n: usize| {
        let transaction = format!("{name}{n}");
        once(earn(&format!("s{n}"), &transaction, 100))
    };
    let replies = in_opposite_orders(ground, hold, request).await;
    assert!(replies.iter().all(|reply| code(reply).is_none()));
}

async fn names_are_claimed_in_one_order(ground: &Ground) {
    let hold = "INSERT INTO aliases VALUES ('default', 'transaction/t1', 'held', 'held')";
    let request = |name: &str, n: usize| {
        let seller = format!("{name}{n}");
        once(earn(&seller, &format!("t{n}"), 100))
    };
    let replies = in_opposite_orders(ground, hold, request).await;
    let refused: Vec<_> = replies.iter().filter_map(code).collect();
    assert_eq!(refused, [Code::AlreadyExists; 3], "three of six were later");
}

async fn receipts_are_written_in_one_order(ground: &Ground) {
    let hold = "INSERT INTO receipts VALUES ('default', 'k1', 'held', 'held', '{}', now())";
    let request = |_: &str, n: usize| keyed(&format!("k{n}"), request_payout("nobody"));
    for reply in in_opposite_orders(ground, hold, request).await {
        assert_eq!(code(&reply), Some(Code::NoEligibleTransactions));
    }
}

/// Two ledgers write three things each, one upwards and one downwards, and meet in the middle:
/// there a third transaction holds both up until both wait, then goes away.
async fn in_opposite_orders(
    ground: &Ground,
    hold_the_middle: &str,
    request: impl Fn(&str, usize) -> Request,
) -> Vec<Reply> {
    let mut raw = Raw::to(ground).await;
    // A deadlock shall last, and be seen as one.
    raw.run(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''1h''',
        current_database()); END $$",
    )
    .await;
    let [upwards, downwards] = [Side::of(ground).await, Side::of(ground).await];
    raw.run("BEGIN").await;
    raw.run(hold_the_middle).await;

    let up = upwards.batch((0..3).map(|n| request("up", n)).collect());
    let down = downwards.batch((0..3).rev().map(|n| request("down", n)).collect());
    // Within a transaction PostgreSQL shows the same activity again and again.
    let mut outside = Raw::to(ground).await;
    let release = async {
        eventually(SOON, async || match outside.waiting_for_locks().await {
            2 => Ok(()),
            other => Err(other),
        })
        .await;
        raw.run("ROLLBACK").await;
    };
    let all = async { tokio::join!(up, down, release) };
    let (mut up, down, ()) = tokio::time::timeout(SOON, all).await.expect("no deadlock");
    up.extend(down);
    up
}

struct Side {
    gate: Arc<Gate>,
    ledger: Ledger,
}

impl Side {
    async fn of(ground: &Ground) -> Self {
        let gate = Gate::shut();
        let ledger = ground.ledger_with(gate.clone(), ground.settings()).await;
        Self { gate, ledger }
    }

    async fn batch(&self, requests: Vec<Request>) -> Vec<Reply> {
        self.gate.as_one_batch(&self.ledger, requests).await
    }
}
