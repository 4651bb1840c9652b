//! A second set of read tables beside the live ones, where they are built anew.
//!
//! On PostgreSQL it is a schema of the same database, `<schema>_rebuild`; on MariaDB a database
//! of the same server, `<database>_rebuild`; on SQLite a file beside the live one,
//! `<file>-rebuild`. Its tables have the names of the live ones, so the same statements fill
//! them. Of everything else there is only what tells how far it
//! has come: `checkpoints`, and `projections` with what it was built by. Rows and
//! checkpoint are written together, so whoever was killed can go on.

mod claim;
mod files;
mod schema;
mod sibling;
pub mod statements;

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::{
    database::{Database, Pools},
    error::StoreError,
    gate::Gate,
    row::Row,
    settings::Isolation,
    sql::Value,
    statements::{PROJECTIONS_LOAD, PROJECTIONS_MARK},
    transaction::{Pass, Transaction, Tx},
};
use claim::Claim;

/// What tells which tables a shadow holds, and what they were built by.
pub type Marks = BTreeMap<String, i64>;

/// Which code has built each read table.
///
/// # Errors
/// When the database fails.
pub async fn versions(live: &Database) -> Result<Marks, StoreError> {
    marks(&live.fetch(&PROJECTIONS_LOAD, &[]).await?)
}

/// Says which code has built a read table, and with which last event.
///
/// # Errors
/// When the database fails.
pub async fn mark(
    tx: &mut Tx,
    (name, version): (&str, i64),
    built: Option<(OffsetDateTime, i64)>,
) -> Result<(), StoreError> {
    let values = [
        Value::Text(name),
        Value::Int(version),
        Value::OptTime(built.map(|(at, _)| at)),
        Value::OptInt(built.map(|(_, position)| position)),
    ];
    tx.execute(&PROJECTIONS_MARK, &values).await.map(|_| ())
}

/// The schema or the database of the live tables.
async fn here(live: &Database) -> Result<String, StoreError> {
    let rows = live.fetch(&statements::SCHEMA, &[]).await?;
    let name = rows.first().map_or(Ok(None), |row| row.opt_text("live"))?;
    Ok(name.unwrap_or_else(|| "public".to_owned()))
}

fn marks(rows: &[Row]) -> Result<Marks, StoreError> {
    rows.iter()
        .map(|row| Ok((row.text("name")?, row.int("version")?)))
        .collect()
}

/// A transaction that changes the shadow, or puts it into the place of the live tables.
const fn change(database: &Database) -> Transaction<'_> {
    let transaction = database.gated("shadow");
    transaction.isolation(Isolation::ReadCommitted)
}

/// Read tables beside the live ones. Only one process at a time has it.
#[derive(Debug)]
pub struct Shadow {
    live: Database,
    database: Database,
    /// The schema, the database or the file.
    name: String,
    claim: Claim,
}

impl Shadow {
    /// Takes it, empty or as somebody has left it.
    ///
    /// # Errors
    /// [`StoreError::RebuildElsewhere`] while somebody else has it.
    pub async fn claim(live: &Database) -> Result<Self, StoreError> {
        let (name, claim) = match &live.pools {
            Pools::Postgres { write, .. } => {
                let name = schema::beside(&here(live).await?);
                (name, Claim::on_postgres(write).await?)
            }
            Pools::MariaDb { write, .. } => {
                let name = schema::beside(&here(live).await?);
                (name, Claim::on_mariadb(write).await?)
            }
            Pools::Sqlite { write, .. } => {
                let file = files::beside(write);
                (file.clone(), Claim::on_file(&file)?)
            }
        };
        let database = match &live.pools {
            Pools::Postgres { write, .. } => schema::open(write, &name),
            Pools::MariaDb { write, .. } => sibling::open(write, &name),
            Pools::Sqlite { write, .. } => files::open(write, &name).await?,
        };
        Ok(Self {
            live: live.clone(),
            database,
            name,
            claim,
        })
    }

    /// The shadow as a database. It knows no other tables than its own.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// What somebody has left here; nothing if there is no shadow yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn marks(&self) -> Result<Marks, StoreError> {
        let asked = match self.live.pools {
            Pools::Postgres { .. } | Pools::MariaDb { .. } => (&self.live, self.name.as_str()),
            Pools::Sqlite { .. } => (&self.database, "projections"),
        };
        let rows = asked
            .0
            .fetch(&statements::EXISTS, &[Value::Text(asked.1)])
            .await?;
        if !rows.first().map_or(Ok(false), |row| row.flag("found"))? {
            return Ok(Marks::new());
        }
        marks(&self.database.fetch(&statements::MARKS, &[]).await?)
    }

    /// Makes it anew with these tables, all empty. Whatever was left is gone.
    ///
    /// # Errors
    /// When the database fails, or this user may not create a schema or a database.
    pub async fn create(&mut self, tables: &[&str], marks: &Marks) -> Result<(), StoreError> {
        match &self.live.pools {
            Pools::Postgres { .. } => {
                let mut tx = self.prepared(tables).await?;
                tx.execute(&statements::REMOVE, &[]).await?;
                tx.execute(&statements::CREATE, &[]).await?;
                tx.commit().await?;
            }
            Pools::MariaDb { write, .. } => {
                sibling::run(write, &statements::CREATE, &self.name).await?;
            }
            Pools::Sqlite { write, .. } => {
                self.database.close().await;
                files::delete(&self.name)?;
                self.database = files::open(write, &self.name).await?;
                self.database.migrate().await?;
            }
        }
        let mut tx = change(&self.database).open().await?;
        tx.execute(&statements::FORGET, &[]).await?;
        for (name, version) in marks {
            mark(&mut tx, (name, *version), None).await?;
        }
        tx.commit().await
    }

    /// What depends on the live tables and would not survive that they are replaced.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blockers(&self, tables: &[&str]) -> Result<Vec<String>, StoreError> {
        let values = [Value::Texts(tables.to_vec())];
        let rows = self.live.fetch(&statements::BLOCKERS, &values).await?;
        rows.iter().map(|row| row.text("blocker")).collect()
    }

    /// Has the rows counted, so that the first questions are planned well.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn analyze(&self, tables: &[&str]) -> Result<(), StoreError> {
        let mut tx = self.prepared(tables).await?;
        tx.execute(&statements::ANALYZE, &[]).await?;
        tx.commit().await
    }

    /// Closes the gate, within a moment or not at all.
    ///
    /// # Errors
    /// A conflict when somebody kept it open; [`StoreError::RebuildElsewhere`] when the
    /// claim was lost with its connection.
    pub async fn close_gate(&mut self) -> Result<Gate, StoreError> {
        self.claim.check().await?;
        let closing = change(&self.live).pass(Pass::Closing);
        let tx = match &self.live.pools {
            Pools::Postgres { .. } | Pools::MariaDb { .. } => closing.open().await?,
            Pools::Sqlite { write, .. } => {
                let connection = files::attached(write, &self.name).await?;
                closing.open_attached(connection).await?
            }
        };
        Ok(Gate::held_by(tx))
    }

    /// Puts its tables, or their rows, into the place of the live ones: in the transaction
    /// that holds the gate.
    ///
    /// # Errors
    /// A conflict when somebody reads those tables for longer than others should wait.
    pub async fn switch(&self, gate: &mut Gate, tables: &[&str]) -> Result<(), StoreError> {
        let tx = gate.tx();
        let values = [Value::Texts(tables.to_vec())];
        match self.live.pools {
            Pools::Postgres { .. } => {
                self.set(tx, tables).await?;
                tx.execute(&statements::SWITCH, &[]).await?;
            }
            Pools::MariaDb { .. } => {
                let switch = (&statements::SWITCH, self.name.as_str());
                tx.execute_naming(switch, &values).await?;
            }
            Pools::Sqlite { .. } => {
                tx.execute(&statements::SWITCH, &values).await?;
            }
        }
        Ok(())
    }

    /// Leaves it as it is, for somebody to go on with.
    pub async fn leave(self) {
        self.database.close().await;
        self.claim.give_up().await;
    }

    /// Removes it.
    ///
    /// # Errors
    /// When the database fails, or a file cannot be deleted.
    pub async fn remove(self) -> Result<(), StoreError> {
        self.database.close().await;
        let removed = match &self.live.pools {
            Pools::Postgres { .. } => self.remove_schema().await,
            Pools::MariaDb { write, .. } => {
                sibling::run(write, &statements::REMOVE, &self.name).await
            }
            Pools::Sqlite { .. } => files::delete(&self.name),
        };
        self.claim.give_up().await;
        removed
    }

    async fn remove_schema(&self) -> Result<(), StoreError> {
        let mut tx = self.prepared(&[]).await?;
        tx.execute(&statements::REMOVE, &[]).await?;
        tx.commit().await
    }

    async fn prepared(&self, tables: &[&str]) -> Result<Tx, StoreError> {
        let mut tx = change(&self.live).open().await?;
        self.set(&mut tx, tables).await?;
        Ok(tx)
    }

    async fn set(&self, tx: &mut Tx, tables: &[&str]) -> Result<(), StoreError> {
        let tables = tables.join(",");
        let values = [Value::Text(&self.name), Value::Text(&tables)];
        tx.fetch(&statements::SETTINGS, &values).await.map(|_| ())
    }
}
