//! The test harness itself: a fault that does not happen would prove nothing.

use sqlx::{Connection, PgConnection, Row};
use std::time::Duration;
use support::{FaultProxy, Nats, NatsServer, Payoutd, Postgres, PostgresServer, eventually};

const SOON: Duration = Duration::from_secs(10);

async fn count(connection: &mut PgConnection) -> i64 {
    let row = sqlx::query("SELECT count(*) FROM t")
        .fetch_one(connection)
        .await;
    row.expect("a count").get(0)
}

async fn table(database: &Postgres) -> PgConnection {
    let mut connection = PgConnection::connect(&database.url())
        .await
        .expect("a connection");
    sqlx::query("CREATE TABLE t (id INT)")
        .execute(&mut connection)
        .await
        .expect("a table");
    connection
}

#[tokio::test]
#[should_panic(expected = "last seen: \"pending\"")]
async fn waiting_in_vain_tells_what_was_seen() {
    eventually(Duration::from_millis(20), async || Err::<(), _>("pending")).await;
}

#[tokio::test]
async fn a_database_is_dropped_with_its_handle() {
    let database = Postgres::fresh_database().await;
    let (url, mut open) = (database.url(), table(&database).await);
    drop(database);

    assert!(PgConnection::connect(&url).await.is_err(), "it is gone");
    assert!(open.ping().await.is_err(), "so are its connections");
}

#[tokio::test]
async fn the_shared_nats_server_has_jetstream() {
    let client = async_nats::connect(Nats::url())
        .await
        .expect("a connection");
    // Not query_account: 2.9's answer to that is more than async-nats 0.51 can read.
    let answer = client
        .request("$JS.API.INFO", "".into())
        .await
        .expect("an answer");
    let text = String::from_utf8_lossy(&answer.payload);
    assert!(
        text.contains("account_info_response") && !text.contains("\"error\""),
        "{text}"
    );
}

#[tokio::test]
async fn a_killed_nats_server_keeps_its_address_and_its_streams() {
    let mut server = NatsServer::start().await;
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let jetstream = async_nats::jetstream::new(client);
    let stream = async_nats::jetstream::stream::Config {
        name: "S".into(),
        ..Default::default()
    };
    jetstream.create_stream(stream).await.expect("a stream");

    server.kill9().await;
    server.restart().await;

    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    async_nats::jetstream::new(client)
        .get_stream("S")
        .await
        .expect("the stream is still there");
    server.stop().await;
}

#[tokio::test]
async fn a_crashed_postgres_server_keeps_what_was_committed() {
    let mut server = PostgresServer::start().await;
    let database = Postgres::fresh_database_on(&server.url()).await;
    let mut connection = table(&database).await;
    sqlx::query("INSERT INTO t VALUES (1)")
        .execute(&mut connection)
        .await
        .expect("an insert");

    server.crash().await;
    assert!(connection.ping().await.is_err(), "the server is gone");
    server.restart().await;

    let mut connection = PgConnection::connect(&database.url())
        .await
        .expect("a connection");
    assert_eq!(count(&mut connection).await, 1);
}

#[tokio::test]
async fn the_proxy_loses_the_answer_but_not_the_commit() {
    let database = Postgres::fresh_database().await;
    let mut direct = table(&database).await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let mut broken = PgConnection::connect(&url).await.expect("a connection");
    sqlx::raw_sql("BEGIN; INSERT INTO t VALUES (1)")
        .execute(&mut broken)
        .await
        .expect("an insert");

    proxy.cut_reply_after("COMMIT;");
    let answer = sqlx::raw_sql("COMMIT; SELECT 1").execute(&mut broken).await;

    assert!(matches!(answer, Err(sqlx::Error::Io(_))), "{answer:?}");
    assert_eq!((proxy.sprung(), count(&mut direct).await), (1, 1));
    let mut later = PgConnection::connect(&url)
        .await
        .expect("the proxy lets others pass");
    assert_eq!(count(&mut later).await, 1);
}

#[tokio::test]
async fn the_proxy_loses_a_commit_before_the_server_gets_it() {
    let database = Postgres::fresh_database().await;
    let mut direct = table(&database).await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let mut broken = PgConnection::connect(&url).await.expect("a connection");
    sqlx::raw_sql("BEGIN; INSERT INTO t VALUES (1)")
        .execute(&mut broken)
        .await
        .expect("an insert");

    proxy.cut_before("COMMIT;");
    let answer = sqlx::raw_sql("COMMIT; SELECT 1").execute(&mut broken).await;

    assert!(matches!(answer, Err(sqlx::Error::Io(_))), "{answer:?}");
    assert_eq!((proxy.sprung(), count(&mut direct).await), (1, 0));
}

#[tokio::test]
async fn the_proxy_cuts_stalls_and_heals() {
    let database = Postgres::fresh_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let mut connection = PgConnection::connect(&url).await.expect("a connection");

    proxy.cut().await;
    assert!(connection.ping().await.is_err(), "the connection was cut");
    assert!(
        PgConnection::connect(&url).await.is_err(),
        "and so is each new one"
    );

    proxy.heal();
    let mut connection = PgConnection::connect(&url).await.expect("healed");
    proxy.stall();
    let mut answer = std::pin::pin!(connection.ping());
    let early = tokio::time::timeout(Duration::from_millis(50), &mut answer).await;
    assert!(early.is_err(), "nothing comes through");
    proxy.heal();
    tokio::time::timeout(SOON, answer)
        .await
        .expect("in time")
        .expect("nothing was lost");
}

#[tokio::test]
async fn payoutd_is_run_in_a_clean_environment_and_an_empty_folder() {
    let launch = Payoutd::with(["--version"]);
    assert_eq!(
        std::fs::read_dir(launch.folder())
            .expect("a folder")
            .count(),
        0
    );
    launch.finish().await.expect_code(0);
}
