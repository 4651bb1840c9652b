//! Hooks: what is to happen together with the end of a transaction.
//!
//! They are kept in one list, in the order in which they were registered. A savepoint
//! remembers how long the list was. Rolling back to it takes off what came since: those
//! hooks will not see a commit. Releasing it changes nothing: its hooks are the outer scope's now.

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt,
    future::{self, BoxFuture},
};
use tracing::error;

use super::{Tx, stats::Watched};

/// What a hook fails with.
pub type HookError = Box<dyn std::error::Error + Send + Sync>;

/// A hook that looks at the transaction before it is committed.
pub(super) type Check =
    Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<(), HookError>> + Send>;

/// Hooks whose failure changes nothing may take so long: the connection or the caller waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// A plain function as a hook: it is called where a future would be awaited.
pub fn plain<F>(action: F) -> impl Future<Output = Result<(), HookError>> + Send + 'static
where
    F: FnOnce() -> Result<(), HookError> + Send + 'static,
{
    future::lazy(|_| action())
}

/// Where hooks are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    BeforeCommit,
    AfterCommit,
    BeforeRollback,
    AfterRollback,
}

pub(super) enum Action {
    Check(Check),
    Run(BoxFuture<'static, Result<(), HookError>>),
}

pub(super) struct Hook {
    pub(super) name: &'static str,
    pub(super) when: When,
    pub(super) action: Action,
}

/// The hooks of a transaction. (Futures may be sent to another thread but not shared; the
/// lock, which nobody ever waits for, makes a transaction that can be shared.)
#[derive(Default)]
pub(super) struct Hooks(Mutex<Vec<Hook>>);

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl Hooks {
    fn all(&mut self) -> &mut Vec<Hook> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&mut self, name: &'static str, when: When, action: Action) {
        self.all().push(Hook { name, when, action });
    }

    pub(super) fn len(&mut self) -> usize {
        self.all().len()
    }

    /// Those that were registered since the list was so long.
    pub(super) fn take_from(&mut self, len: usize) -> Vec<Hook> {
        let all = self.all();
        let len = len.min(all.len());
        all.split_off(len)
    }

    /// The first hook that is called before the commit.
    pub(super) fn next_check(&mut self) -> Option<(&'static str, Check)> {
        let all = self.all();
        let place = all
            .iter()
            .position(|hook| matches!(hook.action, Action::Check(_)))?;
        let hook = all.remove(place);
        match hook.action {
            Action::Check(check) => Some((hook.name, check)),
            Action::Run(_) => None,
        }
    }
}

/// Calls those of the hooks that are called here; the others are left for later. Whatever goes
/// wrong in them is logged and counted.
pub(super) async fn call(hooks: Vec<Hook>, when: When, of: (&'static str, &Watched)) -> Vec<Hook> {
    let mut left = Vec::new();
    let (transaction, watched) = of;
    for hook in hooks {
        let action = match hook.action {
            Action::Run(action) if hook.when == when => action,
            action => {
                left.push(Hook { action, ..hook });
                continue;
            }
        };
        let called = AssertUnwindSafe(action).catch_unwind();
        let trouble = match tokio::time::timeout(PATIENCE, called).await {
            Ok(Ok(Ok(()))) => continue,
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) => "it panicked".to_owned(),
            Err(_) => format!("it took longer than {} s", PATIENCE.as_secs()),
        };
        watched.hook_failed();
        error!(
            transaction,
            hook = hook.name,
            error = trouble,
            "a hook failed"
        );
    }
    left
}
