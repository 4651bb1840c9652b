//! Connections past the store, for what it has to live with: slow rivals, long-open transactions.

use domain::{Event, id::PaymentIntentId, payment::event::PaymentAttemptFailed};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection, Row};
use store::Backend;

use super::ground::Ground;

/// One connection to a ground's database, in its own hands.
pub enum Raw {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
}

impl Raw {
    pub async fn to(ground: &Ground) -> Self {
        let url = ground.url();
        if ground.backend() == Backend::MariaDb {
            let connection = MySqlConnection::connect(&url).await;
            return Self::MariaDb(connection.expect("a connection"));
        }
        let connection = PgConnection::connect(&url).await;
        Self::Postgres(connection.expect("a connection"))
    }

    /// To another database of the same server.
    pub async fn to_server_of(ground: &Ground) -> Self {
        let url = ground.url();
        let (server, _) = url.rsplit_once('/').expect("the URL names a database");
        let connection = PgConnection::connect(&format!("{server}/postgres")).await;
        Self::Postgres(connection.expect("a connection"))
    }

    /// Runs statements; the texts are the tests' own.
    pub async fn run(&mut self, text: impl Into<String>) {
        let text = text.into();
        let sql = sqlx::raw_sql(AssertSqlSafe(text.clone()));
        let done = match self {
            Self::Postgres(connection) => sql.execute(connection).await.map(|_| ()),
            Self::MariaDb(connection) => sql.execute(connection).await.map(|_| ()),
        };
        done.unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    /// The first column of the one row.
    pub async fn number(&mut self, text: &'static str) -> i64 {
        let sql = sqlx::raw_sql(text);
        let number = match self {
            Self::Postgres(connection) => sql.fetch_one(connection).await.map(|row| row.get(0)),
            Self::MariaDb(connection) => sql.fetch_one(connection).await.map(|row| row.get(0)),
        };
        number.unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Appends to the log as a ledger would, in the connection's own time: one event in a stream
    /// of its own. At a position taken earlier, or at the next.
    pub async fn append(&mut self, name: &str, position: Option<i64>) {
        let payment_intent = PaymentIntentId::new(name).expect("an id");
        let event = Event::from(PaymentAttemptFailed { payment_intent });
        let position = position.map_or("DEFAULT".to_owned(), |position| position.to_string());
        self.run(format!(
            "INSERT INTO streams VALUES ('default', 'payment-{name}', 1);
             INSERT INTO events (position, tenant, stream, version, type, schema_version, data,
                 metadata, recorded_at)
             OVERRIDING SYSTEM VALUE
             VALUES ({position}, 'default', 'payment-{name}', 1, '{}', {}, '{}', '{{}}', now())",
            event.name(),
            event.schema_version(),
            event.encode(),
        ))
        .await;
    }

    /// Takes a position and gives it to nobody yet.
    pub async fn take_position(&mut self) -> i64 {
        self.number("SELECT nextval(pg_get_serial_sequence('events', 'position'))")
            .await
    }

    /// How many of a PostgreSQL database's connections wait for a lock.
    pub async fn waiting_for_locks(&mut self) -> i64 {
        self.number(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .await
    }
}
