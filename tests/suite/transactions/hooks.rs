//! Hooks, in each way a transaction can end.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use store::{
    StoreError, Tx,
    transaction::{HookError, plain},
};
use support::eventually;

use super::stage::{SOON, Stage, ask, put, run};

on_each! {
    a_commit_calls_those_of_the_commit
    a_caller_that_fails_calls_those_of_the_rollback
    a_failed_statement_calls_those_of_the_rollback
    a_hook_before_the_commit_may_refuse_it
    a_hook_before_the_commit_works_in_the_transaction
    a_statement_of_a_hook_that_fails_refuses_the_commit
    a_deadline_calls_those_of_the_rollback
    each_try_has_its_own_hooks
    a_cancelled_caller_does_not_keep_hooks_from_being_called
    hooks_of_a_scope_that_is_undone_see_no_commit
    hooks_of_a_scope_that_succeeds_are_those_of_the_outer_one
    hooks_since_a_savepoint_go_with_it
    hooks_that_fail_change_nothing
    a_panic_calls_those_of_the_rollback
}

/// What was called, in order.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn note(&self, call: String) {
        self.0.lock().expect("a list").push(call);
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("a list").clone()
    }

    fn hook(
        &self,
        of: &str,
        when: &str,
    ) -> impl Future<Output = Result<(), HookError>> + Send + 'static {
        let (calls, call) = (self.clone(), format!("{of}: {when}"));
        async move {
            tokio::task::yield_now().await;
            calls.note(call);
            Ok(())
        }
    }

    /// One of each kind.
    fn register(&self, tx: &mut Tx, of: &str) {
        let before = self.hook(of, "before commit");
        tx.before_commit("before", move |_| before.boxed());
        tx.after_commit("after", self.hook(of, "after commit"));
        tx.before_rollback("before", self.hook(of, "before rollback"));
        tx.after_rollback("after", self.hook(of, "after rollback"));
    }
}

async fn a_commit_calls_those_of_the_commit(stage: &Stage) {
    let (calls, theirs) = (Calls::default(), Calls::default());
    let noted = (calls.clone(), theirs.clone());
    let done: Result<(), StoreError> = stage
        .transaction()
        .run(move |tx| {
            let (calls, theirs) = noted.clone();
            async move {
                calls.register(tx, "tx");
                let sync = plain(move || {
                    theirs.note("a plain function".to_owned());
                    Ok(())
                });
                tx.after_commit("plain", sync);
                Ok(())
            }
            .boxed()
        })
        .await;

    done.expect("a commit");
    assert_eq!(calls.all(), ["tx: before commit", "tx: after commit"]);
    assert_eq!(theirs.all(), ["a plain function"]);
}

/// Runs a transaction that registers hooks; what was called.
async fn called<F>(stage: &Stage, body: F) -> (Result<(), StoreError>, Vec<String>)
where
    F: for<'t> Fn(&'t mut Tx, Calls) -> futures::future::BoxFuture<'t, Result<(), StoreError>>
        + Send
        + Sync
        + 'static,
{
    let calls = Calls::default();
    let noted = calls.clone();
    let tx = stage.transaction().deadline(SOON);
    let done = tx.run(move |tx| body(tx, noted.clone())).await;
    (done, calls.all())
}

const UNDONE: [&str; 2] = ["tx: before rollback", "tx: after rollback"];

async fn a_caller_that_fails_calls_those_of_the_rollback(stage: &Stage) {
    let (done, calls) = called(stage, |tx, calls| {
        async move {
            calls.register(tx, "tx");
            Err(StoreError::NotArchived("evt_1".to_owned()))
        }
        .boxed()
    })
    .await;

    assert!(matches!(done, Err(StoreError::NotArchived(_))), "{done:?}");
    assert_eq!(calls, UNDONE);
    assert_eq!(stage.counts().rolled_back, 1);
}

async fn a_failed_statement_calls_those_of_the_rollback(stage: &Stage) {
    let (done, calls) = called(stage, |tx, calls| {
        async move {
            calls.register(tx, "tx");
            run(tx, "SELEKT").await.map(|_| ())
        }
        .boxed()
    })
    .await;

    assert!(
        matches!(done, Err(StoreError::Statement { .. })),
        "{done:?}"
    );
    assert_eq!(calls, UNDONE);
    assert_eq!(stage.counts().failed, 1);
}

async fn a_hook_before_the_commit_may_refuse_it(stage: &Stage) {
    let (done, calls) = called(stage, |tx, calls| {
        async move {
            put(tx, "refused").await?;
            calls.register(tx, "tx");
            tx.before_commit("funds", |_| async { Err("too little".into()) }.boxed());
            Ok(())
        }
        .boxed()
    })
    .await;

    assert!(
        matches!(done, Err(StoreError::Hook { hook: "funds", .. })),
        "{done:?}"
    );
    let expected = [
        "tx: before commit",
        "tx: before rollback",
        "tx: after rollback",
    ];
    assert_eq!(calls, expected);
    assert!(stage.accounts().await.is_empty());
}

async fn a_hook_before_the_commit_works_in_the_transaction(stage: &Stage) {
    let (done, _) = called(stage, |tx, _| {
        async move {
            tx.before_commit("first", |tx| {
                async move {
                    put(tx, "first").await?;
                    // One more, by a hook.
                    tx.before_commit("second", |tx| {
                        async move {
                            let seen = "SELECT count(*) AS n FROM accounts WHERE id = 'first'";
                            assert_eq!(ask(tx, seen).await?, 1);
                            put(tx, "second").await?;
                            Ok(())
                        }
                        .boxed()
                    });
                    Ok(())
                }
                .boxed()
            });
            Ok(())
        }
        .boxed()
    })
    .await;

    done.expect("a commit");
    assert_eq!(stage.accounts().await, ["first", "second"]);
}

async fn a_statement_of_a_hook_that_fails_refuses_the_commit(stage: &Stage) {
    let (done, calls) = called(stage, |tx, calls| {
        async move {
            calls.register(tx, "tx");
            tx.before_commit("swallows", |tx| {
                async move {
                    drop(run(tx, "SELEKT").await);
                    Ok(())
                }
                .boxed()
            });
            Ok(())
        }
        .boxed()
    })
    .await;

    assert!(matches!(done, Err(StoreError::Poisoned)), "{done:?}");
    let expected = [
        "tx: before commit",
        "tx: before rollback",
        "tx: after rollback",
    ];
    assert_eq!(calls, expected);
}

async fn a_deadline_calls_those_of_the_rollback(stage: &Stage) {
    let calls = Calls::default();
    let noted = calls.clone();
    let tx = stage.transaction().deadline(Duration::from_millis(100));
    let late = tx.run(move |tx| {
        let calls = noted.clone();
        async move {
            calls.register(tx, "tx");
            std::future::pending::<Result<(), StoreError>>().await
        }
        .boxed()
    });

    let late = late.await;

    assert!(
        matches!(late, Err(StoreError::DeadlineExceeded { .. })),
        "{late:?}"
    );
    assert_eq!(calls.all(), UNDONE);
}

async fn each_try_has_its_own_hooks(stage: &Stage) {
    let tries = Arc::new(Mutex::new(0));
    let (done, calls) = called(stage, move |tx, calls| {
        let tries = Arc::clone(&tries);
        async move {
            let number = {
                let mut tries = tries.lock().expect("a number");
                *tries += 1;
                *tries
            };
            calls.register(tx, &format!("try {number}"));
            if number == 1 {
                return Err(StoreError::StreamsMoved {
                    moved: 0,
                    expected: 1,
                });
            }
            Ok(())
        }
        .boxed()
    })
    .await;

    done.expect("a commit");
    let expected = [
        "try 1: before rollback",
        "try 1: after rollback",
        "try 2: before commit",
        "try 2: after commit",
    ];
    assert_eq!(calls, expected);
}

async fn a_cancelled_caller_does_not_keep_hooks_from_being_called(stage: &Stage) {
    let calls = Calls::default();
    let noted = calls.clone();
    let (begun, has_begun) = tokio::sync::watch::channel(false);
    let (go, gone) = tokio::sync::watch::channel(false);
    let tx = stage.transaction().run(move |tx| {
        let (calls, begun, mut gone) = (noted.clone(), begun.clone(), gone.clone());
        async move {
            calls.register(tx, "tx");
            put(tx, "kept").await?;
            begun.send_replace(true);
            drop(gone.wait_for(|gone| *gone).await);
            Ok::<_, StoreError>(())
        }
        .boxed()
    });
    let mut has_begun = has_begun;
    tokio::select! {
        _ = tx => panic!("it waits"),
        begun = has_begun.wait_for(|begun| *begun) => drop(begun),
    }
    go.send_replace(true);

    let called = eventually(SOON, async || match calls.all() {
        calls if calls.len() == 2 => Ok(calls),
        calls => Err(calls),
    })
    .await;

    assert_eq!(called, ["tx: before commit", "tx: after commit"]);
    assert_eq!(stage.accounts().await, ["kept"]);
}

async fn hooks_of_a_scope_that_is_undone_see_no_commit(stage: &Stage) {
    let (done, calls) = called(stage, |tx, calls| {
        async move {
            calls.register(tx, "outer");
            let noted = calls.clone();
            let inner = tx.nest("inner", async |inner| {
                noted.register(inner, "inner");
                run(inner, "SELEKT").await
            });
            assert!(inner.await.is_err());
            calls.note("outer: goes on".to_owned());
            Ok(())
        }
        .boxed()
    })
    .await;

    done.expect("a commit");
    let expected = [
        "inner: before rollback",
        "inner: after rollback",
        "outer: goes on",
        "outer: before commit",
        "outer: after commit",
    ];
    assert_eq!(calls, expected);
}

async fn hooks_of_a_scope_that_succeeds_are_those_of_the_outer_one(stage: &Stage) {
    for fails in [false, true] {
        let (done, calls) = called(stage, move |tx, calls| {
            async move {
                let noted = calls.clone();
                let inner = tx.nest("inner", async |inner| {
                    noted.register(inner, "inner");
                    Ok::<_, StoreError>(())
                });
                inner.await?;
                calls.register(tx, "outer");
                match fails {
                    true => Err(StoreError::NotArchived("evt_1".to_owned())),
                    false => Ok(()),
                }
            }
            .boxed()
        })
        .await;

        assert_eq!(done.is_err(), fails);
        let end = if fails { "rollback" } else { "commit" };
        let expected = ["before", "after"]
            .map(|when| ["inner", "outer"].map(|of| format!("{of}: {when} {end}")));
        assert_eq!(calls, expected.concat());
    }
}

async fn hooks_since_a_savepoint_go_with_it(stage: &Stage) {
    let (done, calls) = called(stage, |tx, calls| {
        async move {
            calls.register(tx, "before");
            let savepoint = tx.savepoint().await?;
            calls.register(tx, "since");
            tx.rollback_to(&savepoint).await?;
            calls.register(tx, "after");
            tx.release(savepoint).await
        }
        .boxed()
    })
    .await;

    done.expect("a commit");
    let expected = [
        "since: before rollback",
        "since: after rollback",
        "before: before commit",
        "after: before commit",
        "before: after commit",
        "after: after commit",
    ];
    assert_eq!(calls, expected);
}

async fn hooks_that_fail_change_nothing(stage: &Stage) {
    let (done, calls) = called(stage, |tx, calls| {
        async move {
            put(tx, "kept").await?;
            tx.after_commit("fails", async { Err("no mail today".into()) });
            tx.after_commit("panics", async { panic!("no mail today") });
            calls.register(tx, "tx");
            Ok(())
        }
        .boxed()
    })
    .await;

    done.expect("a commit");
    assert_eq!(calls, ["tx: before commit", "tx: after commit"]);
    assert_eq!(stage.accounts().await, ["kept"]);
    let counts = stage.counts();
    assert_eq!((counts.committed, counts.hook_failures), (1, 2));
}

async fn a_panic_calls_those_of_the_rollback(stage: &Stage) {
    let calls = Calls::default();
    let noted = calls.clone();
    let panics = stage.transaction().run(move |tx| {
        let calls = noted.clone();
        async move {
            calls.register(tx, "tx");
            put(tx, "lost").await?;
            if tx.backend().as_str().is_empty() {
                return Ok::<_, StoreError>(());
            }
            panic!("a mistake of the caller's")
        }
        .boxed()
    });

    let panicked = std::panic::AssertUnwindSafe(panics).catch_unwind().await;

    let message = panicked.expect_err("the caller panics too");
    assert_eq!(message.downcast_ref(), Some(&"a mistake of the caller's"));
    assert_eq!(calls.all(), UNDONE);
    assert!(stage.accounts().await.is_empty());
}
