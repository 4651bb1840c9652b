//! How transactions end: COMMIT or ROLLBACK, with their hooks.

use tracing::debug;

use super::{
    PATIENCE, Tx,
    begin::Access,
    condition::State,
    connection::Connection,
    hooks::{When, call},
    stats::End,
};
use crate::error::{Class, StoreError, chain};

impl Tx {
    /// Calls the hooks that may refuse the commit, and looks whether anything is in its way.
    pub(super) async fn check(&mut self) -> Result<(), StoreError> {
        self.condition.fit()?;
        while let Some((hook, check)) = self.hooks.next_check() {
            check(self)
                .await
                .map_err(|source| StoreError::Hook { hook, source })?;
            self.condition.fit()?;
        }
        if self.marks.has_open_scope() {
            return Err(StoreError::Poisoned);
        }
        Ok(())
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] after a failed statement, [`StoreError::Hook`] when a hook
    /// refused, [`StoreError::DeadlineExceeded`] when it is late: everything is undone then.
    /// [`StoreError::CommitUnknown`] when the connection died on the way.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if let Err(error) = self.check().await {
            self.undo().await;
            return Err(error);
        }
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Poisoned);
        };
        self.condition.state = State::Cut;
        match connection.commit().await {
            Ok(()) => {
                self.condition.watched.end(End::Committed);
                self.give_back().await;
                self.call_all(When::AfterCommit).await;
                Ok(())
            }
            Err(source) => match self.condition.note(StoreError::statement("commit", source)) {
                StoreError::Statement {
                    class: Class::Unavailable,
                    source,
                    ..
                } => Err(StoreError::CommitUnknown(source)),
                error => {
                    // SQLite is still inside of the transaction.
                    self.undo().await;
                    Err(error)
                }
            },
        }
    }

    /// Undoes everything.
    ///
    /// # Errors
    /// When the connection died; the server rolls back all the same.
    pub async fn rollback(mut self) -> Result<(), StoreError> {
        self.call_all(When::BeforeRollback).await;
        if self.condition.unread {
            // The server would send all the rest first, however much that is. Closed, it stops.
            self.close();
        }
        let sent = self.send_rollback().await;
        match &sent {
            Ok(()) => self.give_back().await,
            Err(_) => self.close(),
        }
        let end = match (&self.condition.state, self.condition.access) {
            _ if self.condition.in_time().is_err() => End::Failed,
            (State::Fit, Access::Read) => End::Committed,
            (State::Fit, Access::Write) => End::RolledBack,
            _ => End::Failed,
        };
        self.condition.watched.end(end);
        self.call_all(When::AfterRollback).await;
        sent.map_err(|source| StoreError::statement("rollback", source))
    }

    /// Undoes everything, as well as it can: whatever made it necessary is what counts.
    pub(super) async fn undo(self) {
        let name = self.condition.name;
        if let Err(error) = self.rollback().await {
            debug!(
                transaction = name,
                error = chain(&error),
                "closed a connection instead of rolling back"
            );
        }
    }

    async fn send_rollback(&mut self) -> Result<(), sqlx::Error> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let Some(deadline) = &self.condition.deadline else {
            return connection.send("ROLLBACK").await;
        };
        deadline.settle().await;
        tokio::time::timeout(PATIENCE, connection.send("ROLLBACK"))
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
    }

    /// Calls the hooks of one kind.
    async fn call_all(&mut self, when: When) {
        let hooks = self.hooks.take_from(0);
        if hooks.is_empty() {
            return;
        }
        let of = (self.condition.name, &self.condition.watched);
        for hook in call(hooks, when, of).await {
            self.hooks.add(hook.name, hook.when, hook.action);
        }
    }

    async fn give_back(&mut self) {
        let limited = self.condition.deadline.is_some();
        let is_clean = match &mut self.connection {
            Some(connection) => connection.clean(self.condition.access, limited).await,
            None => Ok(()),
        };
        if is_clean.is_err() {
            return self.close();
        }
        match (self.connection.take(), &self.kept) {
            (Some(Connection::Postgres(connection)), Some(kept)) => kept.put(connection),
            // SQLite has one connection that writes, for everybody.
            (connection, _) => drop(connection),
        }
    }

    fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
    }
}
