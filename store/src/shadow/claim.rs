//! One rebuild at a time: a lock that goes when its owner's process does.

use std::{
    fs::{File, TryLockError},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use sqlx::{Connection as _, MySqlConnection, MySqlPool, PgConnection, PgPool};

use super::statements;
use crate::{
    database::{mariadb, postgres},
    error::StoreError,
    row::Row,
};

/// The right to rebuild.
#[derive(Debug)]
pub(super) enum Claim {
    /// An advisory lock, held by a connection of its own.
    Postgres(Box<PgConnection>),
    /// The same.
    MariaDb(Box<MySqlConnection>),
    /// A lock on a file of its own.
    File(File, PathBuf),
}

impl Claim {
    pub(super) async fn on_postgres(pool: &PgPool) -> Result<Self, StoreError> {
        let failed = |source| StoreError::statement(statements::CLAIM.name, source);
        let mut connection = PgConnection::connect_with(&pool.connect_options())
            .await
            .map_err(failed)?;
        let rows = postgres::fetch(&mut connection, statements::CLAIM.postgres, &[]).await;
        Self::Postgres(Box::new(connection)).if_claimed(&rows.map_err(failed)?)
    }

    pub(super) async fn on_mariadb(pool: &MySqlPool) -> Result<Self, StoreError> {
        let failed = |source| StoreError::statement(statements::CLAIM.name, source);
        let mut connection = MySqlConnection::connect_with(&pool.connect_options())
            .await
            .map_err(failed)?;
        let rows = mariadb::fetch(&mut connection, statements::CLAIM.mariadb, &[]).await;
        Self::MariaDb(Box::new(connection)).if_claimed(&rows.map_err(failed)?)
    }

    fn if_claimed(self, rows: &[Row]) -> Result<Self, StoreError> {
        match rows.first().map(|row| row.flag("claimed")) {
            Some(Ok(true)) => Ok(self),
            Some(Err(error)) => Err(error),
            Some(Ok(false)) | None => Err(StoreError::RebuildElsewhere),
        }
    }

    pub(super) fn on_file(shadow: &str) -> Result<Self, StoreError> {
        let path = PathBuf::from(format!("{shadow}.lock"));
        let file = File::create(&path).map_err(StoreError::Shadow)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::RebuildElsewhere),
            Err(TryLockError::Error(error)) => return Err(StoreError::Shadow(error)),
        }
        if is_at(&file, &path)? {
            Ok(Self::File(file, path))
        } else {
            Err(StoreError::RebuildElsewhere)
        }
    }

    /// Whether it still holds: a server forgets it together with the connection.
    pub(super) async fn check(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(connection) => connection
                .ping()
                .await
                .map_err(|_| StoreError::RebuildElsewhere),
            Self::MariaDb(connection) => connection
                .ping()
                .await
                .map_err(|_| StoreError::RebuildElsewhere),
            Self::File(file, path) if is_at(file, path)? => Ok(()),
            Self::File(..) => Err(StoreError::RebuildElsewhere),
        }
    }

    pub(super) async fn give_up(self) {
        match self {
            // The lock goes with the connection as well, but only when the server has seen that
            // it is closed: the next one may be here by then.
            Self::Postgres(mut connection) => {
                let release = statements::RELEASE.postgres;
                drop(postgres::fetch(&mut *connection, release, &[]).await);
                drop(connection.close().await);
            }
            Self::MariaDb(mut connection) => {
                drop(mariadb::fetch(&mut connection, statements::RELEASE.mariadb, &[]).await);
                drop(connection.close().await);
            }
            Self::File(_file, path) => drop(std::fs::remove_file(path)),
        }
    }
}

/// Whether a file that is open is still the one of that name: its last owner deletes it.
fn is_at(file: &File, path: &Path) -> Result<bool, StoreError> {
    let ours = file.metadata().map_err(StoreError::Shadow)?;
    Ok(std::fs::metadata(path)
        .is_ok_and(|found| (found.dev(), found.ino()) == (ours.dev(), ours.ino())))
}
