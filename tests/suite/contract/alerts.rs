//! Alerts and results of checks, as the table keeps them.

use domain::id::Tenant;
use store::{
    Clock, SystemClock,
    alerts::{self, AlertRow, Wanted},
    checks::{self, CheckRow},
    examine, seal,
};
use time::Duration;

use super::ground::Ground;

on_every_database! {
    one_condition_is_one_row_until_it_is_over
    alerts_are_found_by_level_state_and_page
    the_latest_result_of_a_check_is_kept
    seals_are_looked_at_one_after_the_other
    what_the_migrations_make_is_there
}

fn sighting(alert: &str, level: &str) -> AlertRow {
    let now = SystemClock.now();
    AlertRow {
        id: SystemClock.fresh_id(),
        alert: alert.to_owned(),
        subject: "here".to_owned(),
        level: level.to_owned(),
        message: "it holds".to_owned(),
        fired_at: now,
        last_seen_at: now,
        resolved_at: None,
        count: 1,
    }
}

async fn one_condition_is_one_row_until_it_is_over(ground: &Ground) {
    let (database, tenant) = (ground.database(), Tenant::default_tenant());
    let see = async |row: AlertRow| alerts::see(database, &tenant, &row).await.expect("stored");
    let (first, new) = see(sighting("a", "ERROR")).await;
    assert!(new);
    let (second, again) = see(sighting("a", "ERROR")).await;
    assert_eq!((second.id, second.count, again), (first.id, 2, false));
    let (_, other) = see(sighting("b", "ERROR")).await;
    assert!(other, "another alert");

    let (now, hour) = (SystemClock.now(), Duration::HOUR);
    let resolve = async |since| {
        alerts::resolve(database, first.id, now, since)
            .await
            .expect("it")
    };
    assert!(!resolve(now - hour).await, "it was seen since");
    assert!(resolve(now).await);
    assert!(!resolve(now).await, "it is over already");
    let firing = alerts::firing(database, &tenant).await.expect("rows");
    assert_eq!(
        firing
            .iter()
            .map(|row| row.alert.as_str())
            .collect::<Vec<_>>(),
        ["b"]
    );

    let (third, new) = see(sighting("a", "ERROR")).await;
    assert!(new, "it fires anew");
    assert_ne!(third.id, first.id);
}

async fn alerts_are_found_by_level_state_and_page(ground: &Ground) {
    let (database, tenant) = (ground.database(), Tenant::default_tenant());
    for (alert, level) in [("a", "INFO"), ("b", "WARNING"), ("c", "ERROR")] {
        let row = sighting(alert, level);
        alerts::see(database, &tenant, &row).await.expect("stored");
    }
    let found = async |wanted: Wanted<'_>| {
        let rows = alerts::page(database, &tenant, wanted).await.expect("rows");
        rows.into_iter()
            .map(|row| (row.alert, row.id))
            .collect::<Vec<_>>()
    };
    let names = |rows: &[(String, uuid::Uuid)]| {
        rows.iter()
            .map(|(name, _)| name.clone())
            .collect::<String>()
    };
    let all = || Wanted {
        levels: vec!["INFO", "WARNING", "ERROR"],
        limit: 10,
        ..Wanted::default()
    };
    let rows = found(all()).await;
    assert_eq!(names(&rows), "cba", "the newest first");
    let levels = vec!["ERROR", "WARNING"];
    assert_eq!(names(&found(Wanted { levels, ..all() }).await), "cb");
    let before = Some(rows[0].1);
    assert_eq!(
        names(
            &found(Wanted {
                before,
                limit: 1,
                ..all()
            })
            .await
        ),
        "b"
    );
    let state = Some("resolved");
    assert_eq!(names(&found(Wanted { state, ..all() }).await), "");
    let state = Some("firing");
    let since = Some(SystemClock.now() - Duration::HOUR);
    assert_eq!(
        names(
            &found(Wanted {
                state,
                since,
                ..all()
            })
            .await
        ),
        "cba"
    );
    let since = Some(SystemClock.now() + Duration::HOUR);
    assert_eq!(names(&found(Wanted { since, ..all() }).await), "");
    let elsewhere = Tenant::new("elsewhere").expect("a tenant");
    let none = alerts::page(database, &elsewhere, all())
        .await
        .expect("rows");
    assert!(none.is_empty(), "another tenant's are not shown");
}

async fn the_latest_result_of_a_check_is_kept(ground: &Ground) {
    let (database, tenant) = (ground.database(), Tenant::default_tenant());
    let mut row = CheckRow {
        name: checks::LAWS.to_owned(),
        holds: false,
        detail: "event 7".to_owned(),
        cursor: 7,
        checked_at: SystemClock.now(),
    };
    checks::record(database, &tenant, &row)
        .await
        .expect("stored");
    row.holds = true;
    row.cursor = 9;
    checks::record(database, &tenant, &row)
        .await
        .expect("stored");
    let found = checks::load(database, &tenant).await.expect("rows");
    assert_eq!(found, [row]);
}

async fn seals_are_looked_at_one_after_the_other(ground: &Ground) {
    let (database, tenant) = (ground.database(), Tenant::default_tenant());
    let nothing = seal::scrub(database, &tenant, 0).await.expect("a look");
    assert_eq!(
        (nothing.after, nothing.flaw),
        (0, None),
        "nothing is sealed"
    );
}

async fn what_the_migrations_make_is_there(ground: &Ground) {
    let database = ground.database();
    let indexes = examine::indexes(database).await.expect("indexes");
    assert_eq!((indexes.missing, indexes.invalid), (vec![], vec![]));
    assert!(indexes.expected > 15, "{}", indexes.expected);
    let migrations = examine::migrations(database).await.expect("migrations");
    assert_eq!(migrations.pending, Vec::<i64>::new());
    let tables = examine::tables(database).await.expect("tables");
    assert!(tables.iter().any(|table| table.name == "events"));
    let skew = examine::clock(database).await.expect("a clock") - SystemClock.now();
    assert!(skew.abs() < Duration::MINUTE, "{skew}");
}
