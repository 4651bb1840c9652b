//! A commit whose answer is lost: callers are told what happened, and it happened once.

use std::{pin::pin, sync::Arc, time::Duration};

use domain::{Code, stripe::Mode};
use futures::poll;
use store::{Again, Backend, Database, Ingested, Ledger, Reply, Request, RetryPolicy, Settings};
use support::{FaultProxy, eventually};
use uuid::Uuid;

use super::{
    archive::{IN_ORDER, become_of_all, give, one_dead_two_behind, redelivery, types},
    ground::Ground,
    inline::Gate,
    inputs::{
        PayoutEvent, acceptance, accepted, code, earn, ingested, keyed, once, request_payout,
        request_payout_as,
    },
    laws::everything,
    raw::Raw,
};

mod every {
    //! On every server.
    use super::{
        a_batch_whose_commit_was_not_answered_has_one_effect_each,
        a_command_whose_commit_was_not_answered_has_one_effect,
        a_command_whose_commit_was_not_sent_has_one_effect,
        a_drop_whose_commit_was_not_answered_is_told_as_the_first,
        a_letter_whose_commit_was_not_answered_is_applied_once,
        a_parked_webhook_given_up_in_an_outage_is_taken_up_after_it,
        a_parked_webhook_is_taken_up_after_a_doubtful_commit,
        a_parked_webhook_whose_own_commit_was_not_answered_is_applied_once,
        a_webhook_whose_commit_was_not_answered_has_one_effect,
        a_webhook_whose_commit_was_not_sent_has_one_effect,
        one_part_of_a_batch_whose_commit_was_not_answered_leaves_the_others_alone,
        what_was_a_duplicate_before_the_doubt_stays_one,
    };
    on_servers! {
    a_command_whose_commit_was_not_answered_has_one_effect
    a_command_whose_commit_was_not_sent_has_one_effect
    a_webhook_whose_commit_was_not_answered_has_one_effect
    a_webhook_whose_commit_was_not_sent_has_one_effect
    a_batch_whose_commit_was_not_answered_has_one_effect_each
    one_part_of_a_batch_whose_commit_was_not_answered_leaves_the_others_alone
    what_was_a_duplicate_before_the_doubt_stays_one
    a_parked_webhook_is_taken_up_after_a_doubtful_commit
    a_parked_webhook_given_up_in_an_outage_is_taken_up_after_it
    a_parked_webhook_whose_own_commit_was_not_answered_is_applied_once
    a_letter_whose_commit_was_not_answered_is_applied_once
    a_drop_whose_commit_was_not_answered_is_told_as_the_first
    }
}

on_postgres! {
    an_outcome_that_cannot_be_learnt_is_not_made_up
}

const SOON: Duration = Duration::from_secs(10);

const EVENT: PayoutEvent<'_> = PayoutEvent {
    id: "evt_1",
    stripe: "po_1",
    ours: None,
    cents: 100,
};

/// When the connection breaks.
#[derive(Clone, Copy)]
enum Cut {
    BeforeTheServerHears,
    BeforeItsAnswerIsHeard,
}

/// A ledger behind a proxy that breaks connections.
struct Line {
    proxy: FaultProxy,
    ledger: Ledger,
    gate: Arc<Gate>,
    /// How a COMMIT looks on its way.
    commit: &'static str,
}

impl Line {
    async fn to(ground: &Ground, settings: Settings) -> Self {
        let gate = Gate::shut();
        let proxy = FaultProxy::start(ground.addr()).await;
        let url = ground.url_through(&proxy.addr());
        let database = Database::open(&url).await.expect("a database");
        let ledger = Ledger::start(database, gate.clone(), settings);
        Self {
            proxy,
            ledger,
            gate,
            commit: match ground.backend() {
                // A query's first byte says that it is one.
                Backend::MariaDb => "\u{3}COMMIT",
                Backend::Postgres | Backend::Sqlite => "COMMIT;",
            },
        }
    }

    /// A line whose gate is open.
    async fn open_to(ground: &Ground) -> Self {
        let line = Self::to(ground, ground.settings()).await;
        line.gate.open();
        line
    }

    fn cut_next_commit(&self, cut: Cut) {
        match cut {
            Cut::BeforeTheServerHears => self.proxy.cut_before(self.commit),
            Cut::BeforeItsAnswerIsHeard => self.proxy.cut_reply_after(self.commit),
        }
    }

    /// The fault took place. The proxy counts it when all is over, which may be a moment later.
    async fn assert_cut(&self) {
        eventually(SOON, async || match self.proxy.sprung() {
            1 => Ok(()),
            other => Err(other),
        })
        .await;
    }
}

async fn a_command_whose_commit_was_not_answered_has_one_effect(ground: &Ground) {
    a_command(ground, Cut::BeforeItsAnswerIsHeard).await;
}

async fn a_command_whose_commit_was_not_sent_has_one_effect(ground: &Ground) {
    a_command(ground, Cut::BeforeTheServerHears).await;
}

async fn a_command(ground: &Ground, cut: Cut) {
    for request in [once(request_payout("s")), keyed("k", request_payout("t"))] {
        let line = Line::open_to(ground).await;
        let keyed = request.key.is_some();
        let seller = if keyed { "t" } else { "s" };
        accepted(&line.ledger, earn(seller, seller, 100)).await;
        let before = everything(ground).await.len();
        line.cut_next_commit(cut);

        let reply = acceptance(line.ledger.execute(request.clone()).await);

        line.assert_cut().await;
        assert!(!reply.duplicate, "the caller has sent it once");
        let log = everything(ground).await;
        assert_eq!(log.len(), before + 2);
        for event in &reply.events {
            let told = log.iter().find(|r| r.position() == event.position);
            assert_eq!(told.map(|r| &r.stream), Some(&event.stream));
        }
        if keyed {
            let again = acceptance(line.ledger.execute(request).await);
            assert!(again.duplicate);
            assert_eq!(again.events, reply.events);
        }
    }
}

async fn a_webhook_whose_commit_was_not_answered_has_one_effect(ground: &Ground) {
    a_webhook(ground, Cut::BeforeItsAnswerIsHeard).await;
}

async fn a_webhook_whose_commit_was_not_sent_has_one_effect(ground: &Ground) {
    a_webhook(ground, Cut::BeforeTheServerHears).await;
}

async fn a_webhook(ground: &Ground, cut: Cut) {
    let line = Line::open_to(ground).await;
    line.cut_next_commit(cut);

    let told = ingested(&line.ledger, EVENT.told("paid")).await;

    line.assert_cut().await;
    assert_eq!(told, Ingested::Applied);
    assert_eq!(everything(ground).await.len(), 2, "adopted, paid");
    let again = ingested(&line.ledger, EVENT.told("paid")).await;
    assert_eq!(again, Ingested::Duplicate);
}

async fn a_batch_whose_commit_was_not_answered_has_one_effect_each(ground: &Ground) {
    for cut in [Cut::BeforeItsAnswerIsHeard, Cut::BeforeTheServerHears] {
        let line = Line::to(ground, ground.settings()).await;
        let seller = Uuid::new_v4().to_string();
        let transaction = |n: usize| format!("{seller}-{n}");
        let mut requests: Vec<Request> = (0..10)
            .map(|n| once(earn(&seller, &transaction(n), 100)))
            .collect();
        let payout = || keyed(&seller, request_payout(&seller));
        requests.extend([payout(), payout(), once(request_payout(&seller))]);

        let replies = cut_in_a_batch(&line, cut, requests).await;

        line.assert_cut().await;
        let (earned, paid_out) = replies.split_at(10);
        for reply in earned {
            assert_eq!(acceptance(reply.clone()).events.len(), 1);
        }
        let duplicates: Vec<_> = paid_out[..2]
            .iter()
            .map(|reply| acceptance(reply.clone()).duplicate)
            .collect();
        assert_eq!(duplicates, [false, true], "one of them was the second");
        assert_eq!(code(&paid_out[2]), Some(Code::NoEligibleTransactions));
    }
}

async fn one_part_of_a_batch_whose_commit_was_not_answered_leaves_the_others_alone(
    ground: &Ground,
) {
    let line = Line::to(ground, ground.settings()).await;
    let request = |n| once(earn(&format!("s{n}"), &format!("t{n}"), 100));

    let cut = Cut::BeforeItsAnswerIsHeard;
    let replies = cut_in_a_batch(&line, cut, (0..60).map(request).collect()).await;

    line.assert_cut().await;
    for reply in replies {
        let acceptance = acceptance(reply);
        assert!(acceptance.events.len() == 1 && !acceptance.duplicate);
    }
    assert_eq!(
        everything(ground).await.len(),
        61,
        "the occupant's and theirs"
    );
}

/// The first commit after the occupant's is cut.
async fn cut_in_a_batch(line: &Line, cut: Cut, requests: Vec<Request>) -> Vec<Reply> {
    let cutting = async {
        // The occupant has committed when the batch is at the gate.
        line.gate.has_held(2).await;
        line.cut_next_commit(cut);
        line.gate.open();
    };
    let batch = line.gate.as_one_held_batch(&line.ledger, requests);
    tokio::join!(batch, cutting).0
}

async fn what_was_a_duplicate_before_the_doubt_stays_one(ground: &Ground) {
    let line = Line::to(ground, ground.settings()).await;
    let other = ground.ledger().await;
    acceptance(other.execute(keyed("k", earn("s", "t", 100))).await);
    ingested(&other, EVENT.told("paid")).await;
    let requests = vec![
        keyed("new", earn("s", "t2", 100)),
        keyed("k", earn("s", "t", 100)),
    ];

    let replies = cut_in_a_batch(&line, Cut::BeforeItsAnswerIsHeard, requests).await;

    line.assert_cut().await;
    let duplicates: Vec<_> = replies
        .into_iter()
        .map(|reply| acceptance(reply).duplicate)
        .collect();
    assert_eq!(duplicates, [false, true]);
}

async fn a_parked_webhook_is_taken_up_after_a_doubtful_commit(ground: &Ground) {
    let line = Line::open_to(ground).await;
    let payout = Uuid::new_v4();
    let event = PayoutEvent {
        ours: Some(payout),
        ..EVENT
    };
    ingested(&line.ledger, event.told("paid")).await;
    // When this is answered, the look after the webhook is over as well.
    accepted(&line.ledger, earn("s", "t", 100)).await;
    line.cut_next_commit(Cut::BeforeItsAnswerIsHeard);

    accepted(&line.ledger, request_payout_as("s", payout)).await;

    line.assert_cut().await;
    nothing_is_parked(ground).await;
}

async fn a_parked_webhook_whose_own_commit_was_not_answered_is_applied_once(ground: &Ground) {
    let line = Line::to(ground, ground.settings()).await;
    let payout = Uuid::new_v4();
    let told = |id, verb: &str| {
        let event = PayoutEvent {
            id,
            ours: Some(payout),
            ..EVENT
        };
        event.told(verb)
    };
    line.gate.let_pass(2);
    ingested(&line.ledger, told("evt_1", "created")).await;
    ingested(&line.ledger, told("evt_2", "paid")).await;
    accepted(&line.ledger, earn("s", "t", 100)).await;
    accepted(&line.ledger, request_payout_as("s", payout)).await;
    line.gate.has_held(3).await;
    line.cut_next_commit(Cut::BeforeItsAnswerIsHeard);

    line.gate.open();

    nothing_is_parked(ground).await;
    line.assert_cut().await;
    let log = everything(ground).await;
    let paid = log.iter().filter(|r| r.event.name() == "payout-paid");
    assert_eq!(paid.count(), 1);
}

async fn a_parked_webhook_given_up_in_an_outage_is_taken_up_after_it(ground: &Ground) {
    let line = Line::to(ground, quick(ground)).await;
    let payout = Uuid::new_v4();
    let event = PayoutEvent {
        ours: Some(payout),
        ..EVENT
    };
    line.gate.let_pass(2);
    ingested(&line.ledger, event.told("paid")).await;
    accepted(&line.ledger, earn("s", "t1", 100)).await;
    accepted(&line.ledger, request_payout_as("s", payout)).await;
    line.gate.has_held(3).await;
    line.proxy.cut().await;
    line.gate.open();
    let meanwhile = line.ledger.execute(once(earn("s", "t2", 100))).await;
    assert_eq!(code(&meanwhile), Some(Code::PayoutTransactionError));

    line.proxy.heal();
    accepted(&line.ledger, earn("s", "t3", 100)).await;

    nothing_is_parked(ground).await;
}

/// The default policy with short pauses.
fn quick(ground: &Ground) -> Settings {
    Settings {
        retry: RetryPolicy {
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        },
        ..ground.settings()
    }
}

async fn nothing_is_parked(ground: &Ground) {
    let parked = "SELECT count(*) AS n FROM inbox WHERE outcome = 'parked'";
    eventually(SOON, async || match ground.number(parked).await {
        0 => Ok(()),
        some => Err(some),
    })
    .await;
}

async fn a_letter_whose_commit_was_not_answered_is_applied_once(ground: &Ground) {
    let line = Line::open_to(ground).await;
    one_dead_two_behind(ground, &line.ledger).await;
    let letter = redelivery(ground, "evt_1", Mode::Test, Again::Retry).await;
    line.cut_next_commit(Cut::BeforeItsAnswerIsHeard);

    let told = line.ledger.retry(letter).await.expect("an answer");

    line.assert_cut().await;
    assert_eq!(told.now, Ingested::Applied);
    become_of_all(ground, &["applied"; 3]).await;
    assert_eq!(types(ground).await, IN_ORDER);
}

async fn a_drop_whose_commit_was_not_answered_is_told_as_the_first(ground: &Ground) {
    let line = Line::open_to(ground).await;
    one_dead_two_behind(ground, &line.ledger).await;
    let wanted = give(ground, "evt_1", "told twice").await;
    line.cut_next_commit(Cut::BeforeItsAnswerIsHeard);

    let told = line.ledger.drop_letter(wanted).await.expect("dropped");

    line.assert_cut().await;
    assert!(!told.already, "the operator has asked once");
    become_of_all(ground, &["ignored", "applied", "applied"]).await;
}

/// The commit happened, and nobody can be asked: "nothing was recorded" would be a lie.
async fn an_outcome_that_cannot_be_learnt_is_not_made_up(ground: &Ground) {
    let line = Line::to(ground, quick(ground)).await;
    let request = || keyed("k", earn("s", "t", 100));
    let mut reply = pin!(line.ledger.execute(request()));
    assert!(poll!(&mut reply).is_pending());
    line.gate.has_held(1).await;
    let closed = Closed::to_all_but_the_transaction(ground).await;
    line.cut_next_commit(Cut::BeforeItsAnswerIsHeard);
    line.gate.open();
    let reply = reply.await;

    line.assert_cut().await;
    assert_eq!(code(&reply), Some(Code::Unavailable));
    closed.reopen().await;
    let again = acceptance(line.ledger.execute(request()).await);
    assert!(again.duplicate, "now it can be learnt");
}

/// A database that takes no new connections, and has none but those inside a transaction.
struct Closed {
    elsewhere: Raw,
    name: String,
}

impl Closed {
    async fn to_all_but_the_transaction(ground: &Ground) -> Self {
        let name = ground.url().rsplit_once('/').expect("a name").1.to_owned();
        let mut elsewhere = Raw::to_server_of(ground).await;
        elsewhere
            .run(format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                 SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                 WHERE datname = '{name}' AND state = 'idle'"
            ))
            .await;
        Self { elsewhere, name }
    }

    async fn reopen(mut self) {
        let name = &self.name;
        self.elsewhere
            .run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
            .await;
    }
}
