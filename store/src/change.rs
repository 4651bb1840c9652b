//! A change that one guarded statement makes: in a transaction of its own, and again if another
//! was in its way. It is for tables beside the books: alerts, checks, jobs.

use std::time::Duration;

use crate::{
    database::Database,
    error::{Class, StoreError},
    row::Row,
    settings::{Isolation, RetryPolicy},
    sql::{Sql, Value},
    transaction::{Attempts, Tx},
};

/// So long a try may take: whoever looks after the service must not hang where it does.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be changed. All statements made so may be run again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'c> {
    pub(crate) database: &'c Database,
    /// What its transaction is called.
    pub(crate) name: &'static str,
    pub(crate) sql: &'c Sql,
    pub(crate) values: &'c [Value<'c>],
}

impl Change<'_> {
    /// Makes it; the statement's rows.
    pub(crate) async fn rows(&self) -> Result<Vec<Row>, StoreError> {
        let mut attempts = self.attempts();
        loop {
            let done = self.try_rows().await;
            if !is_worth_another(&mut attempts, &done).await {
                return done;
            }
        }
    }

    /// Makes it; how many rows it changed.
    pub(crate) async fn count(&self) -> Result<u64, StoreError> {
        let mut attempts = self.attempts();
        loop {
            let done = self.try_count().await;
            if !is_worth_another(&mut attempts, &done).await {
                return done;
            }
        }
    }

    fn attempts(&self) -> Attempts {
        Attempts::new(self.name, RetryPolicy::DEFAULT)
    }

    async fn try_rows(&self) -> Result<Vec<Row>, StoreError> {
        let mut tx = self.open().await?;
        let done = tx.fetch(self.sql, self.values).await;
        end(tx, done).await
    }

    async fn try_count(&self) -> Result<u64, StoreError> {
        let mut tx = self.open().await?;
        let done = tx.execute(self.sql, self.values).await;
        end(tx, done).await
    }

    async fn open(&self) -> Result<Tx, StoreError> {
        let transaction = self.database.gated(self.name);
        transaction
            .isolation(Isolation::ReadCommitted)
            .deadline(PATIENCE)
            .open()
            .await
    }
}

async fn end<T>(tx: Tx, done: Result<T, StoreError>) -> Result<T, StoreError> {
    match done {
        Ok(value) => tx.commit().await.map(|()| value),
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

/// Whether others were in the way of a try and there is another one; its pause is over by then.
async fn is_worth_another<T>(attempts: &mut Attempts, done: &Result<T, StoreError>) -> bool {
    match done {
        Err(error) if error.class() == Class::Conflict => {
            attempts.again((error.class(), error.code()), None).await
        }
        _ => false,
    }
}
