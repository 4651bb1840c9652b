//! Lists: newest first, page by page, with their filters.

use serde_json::Value;
use time::Duration;

use super::{Call, Desk, call, payout, platform, transfer};
use crate::sim::Act;

fn ids(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().expect("a list");
    data.iter()
        .map(|item| item["id"].as_str().expect("an id").to_owned())
        .collect()
}

fn list(parameters: &[(&str, &str)]) -> Call {
    call("GET", "/v1/payouts", parameters)
}

/// Five payouts, a second apart; their ids, newest first.
fn five(desk: &mut Desk) -> Vec<String> {
    let mut made: Vec<String> = (0..5)
        .map(|_| {
            desk.now += Duration::SECOND;
            desk.done(&payout("100"))["id"]
                .as_str()
                .expect("an id")
                .to_owned()
        })
        .collect();
    made.reverse();
    made
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_and_back() {
    let mut desk = Desk::new();
    let all = five(&mut desk);
    let first = desk.done(&list(&[("limit", "2")]));
    assert_eq!(
        (ids(&first), &first["has_more"]),
        (all[..2].to_vec(), &Value::Bool(true))
    );
    let next = desk.done(&list(&[("limit", "3"), ("starting_after", &all[1])]));
    assert_eq!(
        (ids(&next), &next["has_more"]),
        (all[2..].to_vec(), &Value::Bool(false))
    );
    let before = desk.done(&list(&[("limit", "2"), ("ending_before", &all[3])]));
    assert_eq!(
        (ids(&before), &before["has_more"]),
        (all[1..3].to_vec(), &Value::Bool(true))
    );
    let before = desk.done(&list(&[("ending_before", &all[2])]));
    assert_eq!(
        (ids(&before), &before["has_more"]),
        (all[..2].to_vec(), &Value::Bool(false))
    );
    assert_eq!(
        desk.done(&list(&[("starting_after", &all[4])]))["data"],
        serde_json::json!([])
    );
}

#[test]
fn limits_and_cursors_must_make_sense() {
    let mut desk = Desk::new();
    let all = five(&mut desk);
    for limit in ["0", "101", "x"] {
        let refused = desk.refused(&list(&[("limit", limit)]));
        assert_eq!(refused, (400, "parameter_invalid_integer".to_owned()));
    }
    let unknown = desk.refused(&list(&[("starting_after", "po_no")]));
    assert_eq!(unknown, (404, "resource_missing".to_owned()));
    let both = [("starting_after", &*all[0]), ("ending_before", &*all[1])];
    assert_eq!(
        desk.refused(&list(&both)),
        (400, "parameters_exclusive".to_owned())
    );
    let status = desk.refused(&list(&[("status", "in_transit")]));
    assert_eq!(status.0, 400, "there is no such filter");
}

#[test]
fn payouts_are_found_by_status_and_time() {
    let mut desk = Desk::new();
    let start = desk.now.unix_timestamp();
    let all = five(&mut desk);
    desk.books
        .act(&all[1], &Act::Pay, desk.now)
        .expect("it is paid");
    assert_eq!(ids(&desk.done(&list(&[("status", "paid")]))), all[1..2]);
    let at = |offset: i64| (start + offset).to_string();
    let table = [
        (vec![("created[gte]", at(4))], &all[..2]),
        (vec![("created[gt]", at(4))], &all[..1]),
        (vec![("created[lte]", at(2))], &all[3..]),
        (vec![("created[lt]", at(2))], &all[4..]),
        (vec![("created", at(3))], &all[2..3]),
        (
            vec![("created[gt]", at(1)), ("created[lt]", at(4))],
            &all[2..4],
        ),
    ];
    for (filter, expected) in table {
        let filter: Vec<_> = filter
            .iter()
            .map(|(name, at)| (*name, at.as_str()))
            .collect();
        assert_eq!(ids(&desk.done(&list(&filter))), expected, "{filter:?}");
    }
}

#[test]
fn transfers_are_found_by_group_and_destination() {
    let mut desk = Desk::new();
    let mut grouped = transfer("10");
    grouped
        .parameters
        .push(("transfer_group".to_owned(), "order-7".to_owned()));
    let made = desk.done(&grouped)["id"].clone();
    desk.done(&transfer("10"));
    let found = |desk: &mut Desk, name, value| {
        ids(&desk.done(&platform("GET", "/v1/transfers", &[(name, value)])))
    };
    assert_eq!(
        found(&mut desk, "transfer_group", "order-7"),
        [made.as_str().expect("an id")]
    );
    assert_eq!(found(&mut desk, "destination", super::SELLER).len(), 2);
    assert!(found(&mut desk, "destination", "acct_other").is_empty());
}

#[test]
fn events_are_listed_by_type_for_thirty_days() {
    let mut desk = Desk::new();
    let made = desk.done(&payout("100"));
    desk.act(&made["id"], &Act::Pay).expect("it is paid");
    let kinds = |desk: &mut Desk, parameters: &[(&str, &str)]| -> Vec<String> {
        let list = desk.done(&call("GET", "/v1/events", parameters));
        let data = list["data"].as_array().expect("a list").clone();
        data.iter()
            .map(|event| event["type"].as_str().expect("a type").to_owned())
            .collect()
    };
    assert_eq!(
        kinds(&mut desk, &[("type", "payout.paid")]),
        ["payout.paid"]
    );
    let some = [("types[]", "payout.created"), ("types[]", "payout.paid")];
    assert_eq!(kinds(&mut desk, &some), ["payout.paid", "payout.created"]);
    assert_eq!(kinds(&mut desk, &[("type", "payout.*")]).len(), 3);
    let id = desk.books.events()[2].id.clone();
    let path = format!("/v1/events/{id}");
    desk.done(&call("GET", &path, &[]));
    assert_eq!(desk.answer(&platform("GET", &path, &[])).status, 404);

    desk.now += Duration::days(30);
    assert_eq!(kinds(&mut desk, &[("type", "payout.*")]).len(), 3);
    desk.now += Duration::SECOND;
    assert!(kinds(&mut desk, &[("type", "payout.*")]).is_empty());
    assert_eq!(desk.answer(&call("GET", &path, &[])).status, 404);
}
