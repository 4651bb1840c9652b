//! Answers of the writer that are waited for, or not.

use std::{
    pin::Pin,
    task::{self, Poll},
};

use domain::{Code, Refusal};
use tokio::sync::oneshot;

/// The answer to something that was put in the ledger's queue. It is carried out even
/// if nobody waits for it.
#[derive(Debug)]
pub struct Pending<T>(Result<oneshot::Receiver<Result<T, Refusal>>, Refusal>);

impl<T> Pending<T> {
    /// It is in the queue.
    pub(crate) const fn queued(answered: oneshot::Receiver<Result<T, Refusal>>) -> Self {
        Self(Ok(answered))
    }

    /// It never got there.
    pub(crate) const fn refused(refusal: Refusal) -> Self {
        Self(Err(refusal))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(answered) => Pin::new(answered)
                .poll(context)
                .map(|answer| answer.unwrap_or_else(|_| Err(outcome_unknown()))),
            Err(refusal) => Poll::Ready(Err(refusal.clone())),
        }
    }
}

pub(crate) fn shutting_down() -> Refusal {
    Refusal::new(Code::Unavailable, "the ledger is shutting down; try again")
}

pub(crate) fn outcome_unknown() -> Refusal {
    Refusal::new(
        Code::Unavailable,
        "the outcome is not known yet; send the same idempotency key again to learn it",
    )
}
