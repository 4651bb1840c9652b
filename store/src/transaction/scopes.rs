//! Transactions inside of a transaction: savepoints.
//!
//! Each can be undone by itself. A statement that failed after a savepoint spoils what came
//! since; going back to the savepoint makes the transaction fit again. Only where the server
//! has rolled back the whole transaction nothing is left to go back to: MariaDB does that
//! to the victim of a deadlock, SQLite when it is interrupted or the disk is full.

use tracing::debug;

use super::{
    Tx,
    condition::State,
    deadline::timed,
    hooks::{When, call},
};
use crate::error::StoreError;

/// A place in a transaction to go back to.
#[derive(Debug)]
#[must_use]
pub struct Savepoint {
    /// Of this transaction,
    transaction: u64,
    /// and of its savepoints this one.
    number: u64,
}

/// The same, as the transaction remembers it.
#[derive(Debug)]
pub(super) struct Mark {
    number: u64,
    /// How many hooks there were.
    hooks: usize,
    /// Whether it is the beginning of a nested scope.
    is_scope: bool,
}

/// The savepoints of a transaction that are still there.
#[derive(Debug, Default)]
pub(super) struct Marks {
    marks: Vec<Mark>,
    /// Counts all that there ever were: each has a name of its own.
    last: u64,
}

impl Marks {
    pub(super) const fn depth(&self) -> usize {
        self.marks.len()
    }

    /// Whether a nested scope was begun and not ended.
    pub(super) fn has_open_scope(&self) -> bool {
        self.marks.iter().any(|mark| mark.is_scope)
    }

    /// Where a savepoint of the innermost scope is.
    fn place(&self, transaction: u64, savepoint: &Savepoint) -> Result<usize, StoreError> {
        let scope = self.marks.iter().rposition(|mark| mark.is_scope);
        let is_it = |mark: &Mark| mark.number == savepoint.number;
        let place = self.marks.iter().position(is_it);
        place
            .filter(|place| scope.is_none_or(|scope| *place > scope))
            .filter(|_| savepoint.transaction == transaction)
            .ok_or(StoreError::NoSavepoint)
    }
}

impl Tx {
    /// Does something that can be undone by itself: if it fails, the transaction is as before,
    /// and goes on. Its hooks are this scope's once it has succeeded, and forgotten otherwise.
    ///
    /// # Errors
    /// That of `body`, after everything since has been undone. If the server has rolled
    /// back the whole transaction, whatever comes next says [`StoreError::RolledBack`].
    /// [`StoreError::Poisoned`] when `body` succeeded although one of its statements had failed.
    pub async fn nest<T, E, F>(&mut self, name: &'static str, body: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: AsyncFnOnce(&mut Self) -> Result<T, E>,
    {
        let number = self.mark(true).await?;
        let result = body(self).await;
        // A savepoint that is not there any more: a scope inside was not waited for.
        let place = self.marks.marks.iter().position(|m| m.number == number);
        let inside = place.map(|place| &self.marks.marks[place + 1..]);
        let whole = inside.is_some_and(|inside| inside.iter().all(|mark| !mark.is_scope));
        match result {
            Ok(value) if whole && self.condition.fit().is_ok() => {
                self.send_release(number).await?;
                Ok(value)
            }
            result => {
                let undone = self.send_back(number, true).await;
                debug!(
                    transaction = self.condition.name,
                    scope = name,
                    whole = undone.is_ok(),
                    "undid a scope"
                );
                match result {
                    Err(error) => Err(error),
                    Ok(_) => Err(undone.err().unwrap_or(StoreError::Poisoned).into()),
                }
            }
        }
    }

    /// Remembers this moment.
    ///
    /// # Errors
    /// When the transaction is not fit any more, or the database fails.
    pub async fn savepoint(&mut self) -> Result<Savepoint, StoreError> {
        let number = self.mark(false).await?;
        Ok(Savepoint {
            transaction: self.condition.watched.id(),
            number,
        })
    }

    /// Undoes everything since a savepoint, later savepoints and hooks included. The savepoint
    /// stays. After a failed statement, the transaction is fit again.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`] when the server has rolled back the whole transaction;
    /// [`StoreError::NoSavepoint`] when it was released, undone, or is of a scope around this one.
    pub async fn rollback_to(&mut self, savepoint: &Savepoint) -> Result<(), StoreError> {
        self.marks.place(self.condition.watched.id(), savepoint)?;
        self.send_back(savepoint.number, false).await
    }

    /// Forgets a savepoint, and those after it: what happened since stays.
    ///
    /// # Errors
    /// When the transaction is not fit any more, or the database fails;
    /// [`StoreError::NoSavepoint`] as [`Tx::rollback_to`].
    pub async fn release(&mut self, savepoint: Savepoint) -> Result<(), StoreError> {
        self.marks.place(self.condition.watched.id(), &savepoint)?;
        self.send_release(savepoint.number).await
    }

    async fn mark(&mut self, is_scope: bool) -> Result<u64, StoreError> {
        let number = self.marks.last + 1;
        self.send(("savepoint", format!("SAVEPOINT s{number}")))
            .await?;
        self.marks.last = number;
        self.marks.marks.push(Mark {
            number,
            hooks: self.hooks.len(),
            is_scope,
        });
        self.condition.watched.is_at_depth(self.marks.depth());
        Ok(number)
    }

    async fn send_release(&mut self, number: u64) -> Result<(), StoreError> {
        self.send(("release", format!("RELEASE SAVEPOINT s{number}")))
            .await?;
        self.forget(number, true);
        Ok(())
    }

    async fn send(&mut self, (name, text): (&'static str, String)) -> Result<(), StoreError> {
        self.condition.admit()?;
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Poisoned);
        };
        let sent = timed(self.condition.deadline.as_ref(), connection.send(&text)).await;
        self.condition.settle(name, sent)
    }

    /// Goes back to a savepoint, and releases it if nobody can name it any more.
    async fn send_back(&mut self, number: u64, release: bool) -> Result<(), StoreError> {
        self.condition.in_time()?;
        if matches!(self.condition.state, State::Lost(_)) {
            return Err(StoreError::RolledBack);
        }
        let kept = self.marks.marks.iter().find(|mark| mark.number == number);
        let hooks = kept.map_or(0, |mark| mark.hooks);
        let hooks = self.hooks.take_from(hooks);
        let of = (self.condition.name, &self.condition.watched);
        let hooks = call(hooks, When::BeforeRollback, of).await;
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Poisoned);
        };
        let text = if release {
            format!("ROLLBACK TO SAVEPOINT s{number}; RELEASE SAVEPOINT s{number}")
        } else {
            format!("ROLLBACK TO SAVEPOINT s{number}")
        };
        let before = std::mem::replace(&mut self.condition.state, State::Cut);
        let sent = timed(self.condition.deadline.as_ref(), connection.send(&text)).await;
        self.forget(number, release);
        match sent {
            Ok(()) => self.condition.healed(),
            // It does not know the savepoint.
            Err(sqlx::Error::Database(_)) if self.condition.in_time().is_ok() => {
                self.condition.state = before;
                return Err(self.condition.lost());
            }
            Err(source) => return Err(self.condition.failed("rollback_to", source)),
        }
        let of = (self.condition.name, &self.condition.watched);
        drop(call(hooks, When::AfterRollback, of).await);
        Ok(())
    }

    /// Forgets what came after a savepoint, and the savepoint itself.
    fn forget(&mut self, number: u64, itself: bool) {
        let marks = &mut self.marks.marks;
        marks.retain(|mark| mark.number < number || (!itself && mark.number == number));
        self.condition.watched.is_at_depth(self.marks.depth());
    }
}
