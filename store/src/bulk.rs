//! A statement with all its rows, ready to be sent.
//!
//! To put many rows into the form of a database takes a while. It need not pass
//! inside a transaction, where everybody else would wait for it.

use sqlx::postgres::PgArguments;

use crate::{
    columns::Columns,
    database::{Backend, mariadb},
    error::StoreError,
    sql::Sql,
};

/// A statement over groups of rows. A statement's file says which groups it takes
/// (see [`Columns`]).
#[derive(Debug)]
pub struct Bulk {
    pub(crate) sql: Sql,
    pub(crate) arguments: Arguments,
}

#[derive(Debug)]
pub(crate) enum Arguments {
    Postgres(PgArguments),
    /// A JSON document for each group: each of a file's statements is sent those it reads.
    MariaDb(Vec<String>),
    /// One JSON document.
    Sqlite(String),
}

impl Bulk {
    /// Puts a statement and its rows together.
    ///
    /// # Errors
    /// When the rows together are more than the database takes at once.
    pub fn of(backend: Backend, sql: &Sql, groups: &[Columns<'_>]) -> Result<Self, StoreError> {
        let arguments = match backend {
            Backend::Postgres => {
                let mut arguments = PgArguments::default();
                for group in groups {
                    group
                        .bind_postgres(&mut arguments)
                        .map_err(|source| StoreError::statement(sql.name, source))?;
                }
                Arguments::Postgres(arguments)
            }
            Backend::MariaDb => {
                let groups = groups.iter().map(|group| group.to_json(backend));
                Arguments::MariaDb(groups.map(|group| group.to_string()).collect())
            }
            Backend::Sqlite => {
                let groups = groups.iter().map(|group| group.to_json(backend));
                Arguments::Sqlite(groups.collect::<serde_json::Value>().to_string())
            }
        };
        Ok(Self {
            sql: *sql,
            arguments,
        })
    }

    /// Whether that kind of database takes it at once: MariaDB's servers refuse large statements.
    /// What does not fit has to be sent in parts.
    #[must_use]
    pub fn fits(&self, backend: Backend) -> bool {
        match (&self.arguments, backend) {
            (Arguments::MariaDb(groups), Backend::MariaDb) => {
                let sizes: Vec<_> = groups.iter().map(String::len).collect();
                mariadb::takes(self.sql.mariadb, &sizes)
            }
            _ => true,
        }
    }
}
