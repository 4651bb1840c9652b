//! Whether a transaction can still be committed, and why not.

use super::{begin::Access, deadline::Deadline, stats::Watched};
use crate::error::{Class, StoreError};

/// What is in the way of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Fit,
    /// A statement that was not waited for: nobody knows what it did.
    Cut,
    /// A statement that failed. Going back to a savepoint heals it.
    Failed(Trouble),
    /// The server has rolled everything back by itself.
    Lost(Trouble),
}

/// What a statement failed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) class: Class,
    pub(super) code: String,
}

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) name: &'static str,
    pub(super) access: Access,
    pub(super) state: State,
    /// Whether rows were asked for one by one and not all of them taken.
    pub(super) unread: bool,
    pub(super) deadline: Option<Deadline>,
    pub(super) watched: Watched,
}

impl Condition {
    /// Whether it is as if nothing had gone wrong.
    pub(super) fn fit(&self) -> Result<(), StoreError> {
        self.in_time()?;
        match self.state {
            State::Fit => Ok(()),
            State::Cut | State::Failed(_) => Err(StoreError::Poisoned),
            State::Lost(_) => Err(StoreError::RolledBack),
        }
    }

    /// Whether its deadline has not passed.
    pub(super) fn in_time(&self) -> Result<(), StoreError> {
        match &self.deadline {
            Some(deadline) if deadline.has_passed() => Err(deadline.exceeded(&self.watched)),
            _ => Ok(()),
        }
    }

    /// Lets a statement pass. A failed transaction is sent none: PostgreSQL would refuse it,
    /// and others might run it outside of any transaction, if they have ended this one.
    pub(super) fn admit(&mut self) -> Result<(), StoreError> {
        self.fit()?;
        self.state = State::Cut;
        Ok(())
    }

    /// Takes note of a statement's result.
    pub(super) fn settle<T>(
        &mut self,
        statement: &'static str,
        result: Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        match result {
            Ok(value) => {
                self.state = State::Fit;
                // Whoever answers has got rid of them.
                self.unread = false;
                Ok(value)
            }
            Err(source) => Err(self.failed(statement, source)),
        }
    }

    /// Takes note of a statement's failure.
    pub(super) fn failed(&mut self, statement: &'static str, source: sqlx::Error) -> StoreError {
        let error = self.named(statement, source);
        self.note(error)
    }

    /// Takes note of a failure.
    pub(super) fn note(&mut self, error: StoreError) -> StoreError {
        if !matches!(error, StoreError::DeadlineExceeded { .. }) {
            self.watched.saw(&error);
        }
        self.state = State::Failed(Trouble {
            class: error.class(),
            code: error.code().to_owned(),
        });
        error
    }

    fn named(&self, statement: &'static str, source: sqlx::Error) -> StoreError {
        let late = self.deadline.as_ref().filter(|late| late.has_passed());
        let is_stubborn = matches!(&source, sqlx::Error::Io(error)
            if error.kind() == std::io::ErrorKind::TimedOut);
        let error = StoreError::statement(statement, source);
        match (error.code(), late) {
            (_, Some(late)) if is_stubborn => late.exceeded(&self.watched),
            // Cancelled or interrupted, by us or by the server's own clock; SQLite's waiting for
            // another process.
            ("57014" | "25P03" | "1317" | "1969" | "9" | "5", Some(late)) => {
                late.exceeded(&self.watched)
            }
            ("25006" | "1792" | "8", _) if self.access == Access::Read => {
                StoreError::ReadOnly { name: self.name }
            }
            _ => error,
        }
    }

    /// What went wrong with the statement that did, if one did.
    pub(super) const fn trouble(&self) -> Option<&Trouble> {
        match &self.state {
            State::Failed(trouble) | State::Lost(trouble) => Some(trouble),
            State::Fit | State::Cut => None,
        }
    }

    /// After a return to a savepoint.
    pub(super) fn healed(&mut self) {
        self.state = State::Fit;
    }

    /// The server knows the transaction no more.
    pub(super) fn lost(&mut self) -> StoreError {
        let trouble = self.trouble().cloned();
        self.state = State::Lost(trouble.unwrap_or_else(|| Trouble {
            class: StoreError::RolledBack.class(),
            code: StoreError::RolledBack.code().to_owned(),
        }));
        StoreError::RolledBack
    }
}
