//! Webhooks of the archive on their way to the writer once more.

use domain::{
    Refusal,
    id::{Fingerprint, Tenant},
    stripe::Mode,
};
use tokio::sync::oneshot;

use crate::{
    job::Job,
    ledger::Ledger,
    pending::Pending,
    reply::{Again, Dropped, Rerun},
};

/// A webhook of the archive that is to be run again. [`crate::archive::Letter::again`]
/// makes one.
#[derive(Debug, Clone)]
pub struct Redelivery {
    /// Whose books.
    pub tenant: Tenant,
    /// Stripe's id, or one computed from the body.
    pub event_id: String,
    /// Hash of the body: bodies can share an id.
    pub body_hash: Fingerprint,
    /// What it was about when it was taken last.
    pub object: Option<String>,
    /// The body as received.
    pub body: Vec<u8>,
    /// Which events belong into these books.
    pub mode: Mode,
    /// Why.
    pub again: Again,
}

/// A webhook of the archive that is to be given up. [`crate::archive::Letter::give_up`]
/// makes one.
#[derive(Debug, Clone)]
pub struct Give {
    /// Whose books.
    pub tenant: Tenant,
    /// Stripe's id, or one computed from the body.
    pub event_id: String,
    /// Hash of the body: bodies can share an id.
    pub body_hash: Fingerprint,
    /// Why, for people: in the log for ever.
    pub reason: String,
}

impl Ledger {
    /// Puts a webhook of the archive in the queue once more, waiting for room there. It is
    /// decided with the rules of today. What waited behind it comes in after it.
    pub async fn again(&self, letter: Redelivery) -> Pending<Rerun> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::redelivery(letter, answer), answered).await
    }

    /// Tries a dead or parked webhook again; answers when the outcome is durable.
    ///
    /// # Errors
    /// A refusal that says the ledger could not do it: ask again.
    pub async fn retry(&self, letter: Redelivery) -> Result<Rerun, Refusal> {
        self.again(letter).await.await
    }

    /// Gives a webhook up, for a reason that the log keeps; answers when that is
    /// durable. What waited behind it comes in.
    ///
    /// # Errors
    /// A refusal: it is neither dead nor parked, was given up for another reason, or
    /// the ledger could not do it now.
    pub async fn drop_letter(&self, give: Give) -> Result<Dropped, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::give_up(give, answer), answered).await.await
    }
}
