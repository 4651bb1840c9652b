//! A command that cannot be recorded costs only itself, whatever batch it is in.

use std::sync::Arc;

use domain::Code;
use store::{Ledger, Reply, Request, RetryPolicy, Settings};

use super::{
    ground::Ground,
    inline::{Gate, Trouble},
    inputs::{acceptance, accepted, code, earn, keyed, once, request_payout},
    laws::everything,
};

on_every_database! {
    a_command_that_always_fails_costs_only_itself
    a_command_that_always_conflicts_costs_only_itself
    conflicts_that_pass_cost_nobody_anything
    conflicts_of_a_lone_command_are_retried
    a_key_is_free_after_trouble
    what_rests_on_a_culprit_is_decided_without_it
    what_was_decided_ahead_of_a_failure_is_decided_anew
}

const CULPRIT: usize = 11;

/// The default policy with short pauses.
fn settings(ground: &Ground) -> Settings {
    Settings {
        retry: RetryPolicy {
            base: std::time::Duration::from_millis(1),
            ..RetryPolicy::default()
        },
        ..ground.settings()
    }
}

async fn troubled(ground: &Ground, trouble: Trouble) -> (Arc<Gate>, Ledger) {
    let gate = Gate::before("culprit", trouble);
    let ledger = ground.ledger_with(gate.clone(), settings(ground)).await;
    (gate, ledger)
}

fn requests() -> Vec<Request> {
    let seller = |n| if n == CULPRIT { "culprit" } else { "honest" };
    (0..20)
        .map(|n| keyed(&format!("k{n}"), earn(seller(n), &format!("t{n}"), 100)))
        .collect()
}

async fn all_but_the_culprit(ground: &Ground, mut replies: Vec<Reply>, trouble: Code) {
    assert_eq!(code(&replies.remove(CULPRIT)), Some(trouble));
    assert_eq!(replies.len(), 19);
    for reply in replies {
        let acceptance = acceptance(reply);
        assert!(acceptance.events.len() == 1 && !acceptance.duplicate);
    }
    assert_eq!(
        everything(ground).await.len(),
        20,
        "the occupant's and theirs"
    );
    let receipts = "SELECT count(*) AS n FROM receipts WHERE idempotency_key = 'k11'";
    assert_eq!(ground.number(receipts).await, 0);
    let heads = "SELECT count(*) AS n FROM streams WHERE stream = 'balance-culprit-usd'";
    assert_eq!(ground.number(heads).await, 0);
}

async fn a_command_that_always_fails_costs_only_itself(ground: &Ground) {
    let (gate, ledger) = troubled(ground, Trouble::Nonsense).await;
    let replies = gate.as_one_batch(&ledger, requests()).await;
    assert_eq!(gate.sizes()[..2], [1, 20], "all were tried together");
    all_but_the_culprit(ground, replies, Code::PayoutTransactionError).await;
}

async fn a_command_that_always_conflicts_costs_only_itself(ground: &Ground) {
    let (gate, ledger) = troubled(ground, Trouble::Conflicts(usize::MAX)).await;
    let replies = gate.as_one_batch(&ledger, requests()).await;
    all_but_the_culprit(ground, replies, Code::PayoutDeadlockError).await;
}

async fn conflicts_that_pass_cost_nobody_anything(ground: &Ground) {
    let (gate, ledger) = troubled(ground, Trouble::Conflicts(7)).await;
    for reply in gate.as_one_batch(&ledger, requests()).await {
        assert_eq!(acceptance(reply).events.len(), 1);
    }
}

async fn conflicts_of_a_lone_command_are_retried(ground: &Ground) {
    let retries = RetryPolicy::default().retries as usize;
    let (gate, ledger) = troubled(ground, Trouble::Conflicts(retries)).await;
    gate.open();
    accepted(&ledger, earn("honest", "t0", 100)).await;
    accepted(&ledger, earn("culprit", "t1", 100)).await;
    assert_eq!(gate.sizes().len(), 2 + retries);
}

async fn a_key_is_free_after_trouble(ground: &Ground) {
    let (gate, ledger) = troubled(ground, Trouble::Nonsense).await;
    gate.open();
    let request = || keyed("k", earn("culprit", "t", 100));
    let reply = ledger.execute(request()).await;
    assert_eq!(code(&reply), Some(Code::PayoutTransactionError));

    let healthy = ground.ledger().await;
    let other_input = healthy
        .execute(keyed("k2", request_payout("culprit")))
        .await;
    assert_eq!(code(&other_input), Some(Code::NoEligibleTransactions));
    assert!(!acceptance(healthy.execute(request()).await).duplicate);
}

/// A name that the culprit would have claimed is free; whoever was told otherwise is asked again.
async fn what_rests_on_a_culprit_is_decided_without_it(ground: &Ground) {
    let (gate, ledger) = troubled(ground, Trouble::Nonsense).await;
    let mut requests = vec![
        keyed("culprit", earn("culprit", "t", 100)),
        keyed("same", earn("culprit", "t", 100)),
        keyed("other", earn("other", "t", 100)),
    ];
    let independent = |n| {
        keyed(
            &format!("k{n}"),
            earn(&format!("s{n}"), &format!("t{n}"), 100),
        )
    };
    requests.extend((0..60).map(independent));

    let replies = gate.as_one_batch(&ledger, requests).await;

    assert_eq!(code(&replies[0]), Some(Code::PayoutTransactionError));
    assert_eq!(code(&replies[1]), Some(Code::PayoutTransactionError));
    assert_eq!(acceptance(replies[2].clone()).events.len(), 1);
    assert!(replies[3..].iter().all(|reply| code(reply).is_none()));
}

/// While one batch is written, the next is decided over what will be: and then is not.
async fn what_was_decided_ahead_of_a_failure_is_decided_anew(ground: &Ground) {
    let gate = Gate::before("culprit", Trouble::Nonsense);
    let settings = Settings {
        batch: 8,
        ..settings(ground)
    };
    let ledger = ground.ledger_with(gate.clone(), settings).await;
    let seller = |n| {
        if n == 3 {
            "culprit".to_owned()
        } else {
            format!("s{n}")
        }
    };
    let earnings = (0..8).map(|n| once(earn(&seller(n), &format!("t{n}"), 100)));
    let payouts = (0..8).map(|n| once(request_payout(&seller(n))));

    let all = earnings.chain(payouts).collect();
    let replies = gate.as_one_batch(&ledger, all).await;

    let (earned, paid_out) = replies.split_at(8);
    for (n, (earned, paid_out)) in earned.iter().zip(paid_out).enumerate() {
        let expected = match n {
            3 => (
                Some(Code::PayoutTransactionError),
                Some(Code::NoEligibleTransactions),
            ),
            _ => (None, None),
        };
        assert_eq!((code(earned), code(paid_out)), expected, "{n}");
    }
}
