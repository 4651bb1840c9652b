//! The ledger's side of a reconciliation, on each database.

use domain::{
    command::ReportedItem,
    id::{PayoutId, SellerId, StripePayoutId},
    money::{Amount, Currency, Money},
    payout::Origin,
    reconcile::{LedgerPayout, StripePayout, StripeStatus, Verdict},
};
use projections::{
    query::Table,
    reconcile::{Books as Side, List, Period},
};
use serde_json::{Value as Json, json};
use time::{OffsetDateTime, macros::datetime};

use crate::books::{Books, columns, payout_id, tenant, usd};

/// When Stripe's own payouts arrive, unless a test says otherwise.
const ARRIVAL: i64 = 1_795_564_800;

fn object(id: &str, minor: i64, status: &str) -> Json {
    json!({
        "id": id, "object": "payout", "amount": minor, "currency": "usd", "status": status,
        "arrival_date": ARRIVAL, "failure_code": "account_closed", "metadata": {},
    })
}

fn items(payout: &str, items: &[(&str, &str, &str)]) -> Json {
    let items = items.iter().map(|(id, net, source)| {
        json!({ "balance_transaction_id": id, "net": usd(net), "source": source })
    });
    json!({ "stripe_payout_id": payout, "items": items.collect::<Vec<_>>() })
}

fn listed() -> Json {
    items(
        "po_auto",
        &[("txn_1", "90.00", "ch_1"), ("txn_2", "-10.00", "tr_1")],
    )
}

fn name(id: &str) -> StripePayoutId {
    StripePayoutId::new(id).unwrap()
}

fn money(minor: i64) -> Money {
    Money::new(Amount::from_minor(minor), Currency::parse("usd").unwrap())
}

fn stripe(id: &str, minor: i64, ours: Option<&str>) -> StripePayout {
    StripePayout {
        id: name(id),
        account: None,
        payout_id: ours.map(|id| id.parse::<PayoutId>().unwrap()),
        amount: money(minor),
        status: StripeStatus::Accepted,
        effective_at: None,
    }
}

#[tokio::test]
async fn the_items_of_an_adopted_payout_are_shown_and_move_nothing() {
    for books in Books::each().await {
        books
            .told("evt_1", "payout.paid", object("po_auto", 8_000, "paid"))
            .await;
        books.accepted("record-payout-items", listed()).await;
        let id = PayoutId::adopted(&name("po_auto")).to_string();
        let row = books.row(Table::Payouts, &id).await;
        let shown = columns(&row, &["origin", "item_count", "status", "version"]);
        assert_eq!(shown, json!(["stripe", 2, "paid", 3]));
        let rows = books.rows(Table::PayoutItems).await;
        let names = [
            "transaction_id",
            "amount_minor",
            "currency",
            "transfer_id",
            "returned",
        ];
        let rows: Vec<_> = rows.iter().map(|row| columns(row, &names)).collect();
        assert_eq!(
            rows,
            [
                json!(["txn_1", 9_000, "usd", null, false]),
                json!(["txn_2", -1_000, "usd", "tr_1", false]),
            ]
        );
        assert!(books.rows(Table::Balances).await.is_empty());
        assert!(books.verify().await.holds());
    }
}

#[tokio::test]
async fn items_come_back_with_their_payout_whichever_is_told_first() {
    for books in Books::each().await {
        let failed = || object("po_auto", 8_000, "failed");
        for items_first in [true, false] {
            let payout = if items_first { "po_auto" } else { "po_other" };
            let mut failed = failed();
            failed["id"] = json!(payout);
            let mut list = listed();
            list["stripe_payout_id"] = json!(payout);
            let mut paid = object(payout, 8_000, "paid");
            paid["id"] = json!(payout);
            let event = |told: &str| format!("evt_{payout}_{told}");
            books.told(&event("paid"), "payout.paid", paid).await;
            if items_first {
                books.accepted("record-payout-items", list).await;
                books.told(&event("failed"), "payout.failed", failed).await;
            } else {
                books.told(&event("failed"), "payout.failed", failed).await;
                books.accepted("record-payout-items", list).await;
            }
        }
        let rows = books.rows(Table::PayoutItems).await;
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row["returned"] == true), "{rows:?}");
        let report = books.verify().await;
        assert!(report.holds(), "{report:#?}");
    }
}

/// The laws of what payouts hold are about the ledger's payouts: neither a movement that
/// has the name of a transaction, nor one that two payouts list, breaks them.
#[tokio::test]
async fn what_stripe_put_into_its_payouts_breaks_no_law_of_the_ledgers() {
    for books in Books::each().await {
        books.transaction("txn_1", json!({})).await;
        books.payout(1).await;
        books
            .told("evt_1", "payout.paid", object("po_auto", 8_000, "paid"))
            .await;
        books
            .told("evt_2", "payout.paid", object("po_other", 8_000, "paid"))
            .await;
        books.accepted("record-payout-items", listed()).await;
        let mut other = listed();
        other["stripe_payout_id"] = json!("po_other");
        books.accepted("record-payout-items", other).await;
        let report = books.verify().await;
        assert!(report.holds(), "{report:#?}");
    }
}

#[tokio::test]
async fn a_long_list_is_counted_and_shown_whole() {
    for books in Books::each().await {
        books
            .told("evt_1", "payout.paid", object("po_auto", 2_500, "paid"))
            .await;
        let ids: Vec<_> = (0..2_500).map(|number| format!("txn_{number}")).collect();
        let long: Vec<_> = ids.iter().map(|id| (id.as_str(), "0.01", "ch_1")).collect();
        books
            .accepted("record-payout-items", items("po_auto", &long))
            .await;
        let id = PayoutId::adopted(&name("po_auto")).to_string();
        assert_eq!(books.row(Table::Payouts, &id).await["item_count"], 2_500);
        assert_eq!(books.rows(Table::PayoutItems).await.len(), 2_500);
        assert!(books.verify().await.holds());
    }
}

#[tokio::test]
async fn payouts_are_found_by_stripes_id_or_else_by_ours() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        let ours = books.payout(1).await;
        books.transaction("b", json!({})).await;
        let waiting = books.payout(2).await;
        let submission = json!({ "payout_id": ours, "stripe_payout_id": "po_ours" });
        books.accepted("submit-payout", submission).await;
        books
            .told("evt_1", "payout.paid", object("po_auto", 8_000, "paid"))
            .await;

        let tenant = tenant();
        let side = Side::new(&books.database, &tenant);
        let page = [
            stripe("po_ours", 1_000, None),
            stripe("po_late", 1_000, Some(&waiting)),
            stripe("po_auto", 8_001, None),
            stripe("po_new", 5, None),
            stripe("po_twice", 1_000, Some(&ours)),
            stripe("po_strange", 5, Some(&payout_id(99))),
        ];
        let compared = side.payouts(&page).await.unwrap();
        let shown: Vec<_> = compared
            .iter()
            .map(|one| {
                let id = one
                    .ledger
                    .as_ref()
                    .map(|payout| payout.payout_id.to_string());
                (one.verdict, id, one.twin.is_some())
            })
            .collect();
        let auto = PayoutId::adopted(&name("po_auto")).to_string();
        assert_eq!(
            shown,
            [
                (Verdict::Matched, Some(ours.clone()), false),
                (Verdict::StatusDiffers, Some(waiting), false),
                (Verdict::AmountDiffers, Some(auto), false),
                (Verdict::MissingHere, None, false),
                (Verdict::MissingHere, None, true),
                (Verdict::MissingHere, None, false),
            ]
        );
        assert_eq!(
            compared[0].ledger,
            Some(LedgerPayout {
                payout_id: ours.parse().unwrap(),
                stripe_payout_id: Some(name("po_ours")),
                amount: money(1_000),
                status: "pending".to_owned(),
                origin: Origin::Ledger,
                item_count: 1,
            })
        );
        assert_eq!(side.payouts(&[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn lists_are_held_against_the_items_of_their_payouts() {
    for books in Books::each().await {
        books
            .told("evt_1", "payout.paid", object("po_auto", 8_000, "paid"))
            .await;
        books.accepted("record-payout-items", listed()).await;
        let item = |id: &str, minor| ReportedItem {
            balance_transaction_id: serde_json::from_value(json!(id)).unwrap(),
            net: money(minor),
            category: None,
            source: None,
            payment_intent: None,
        };
        let lists = ["po_unknown", "po_auto"].map(|payout| List {
            payout: name(payout),
            items: vec![item("txn_1", 9_000), item("txn_3", -1_000)],
        });
        let tenant = tenant();
        let side = Side::new(&books.database, &tenant);
        let listed = side.listed(&lists).await.unwrap();
        let verdicts: Vec<_> = lists
            .iter()
            .zip(&listed)
            .map(|(list, listed)| {
                let (verdict, pairs) = listed.compare(&list.items);
                (
                    verdict,
                    pairs.iter().map(|pair| pair.verdict).collect::<Vec<_>>(),
                )
            })
            .collect();
        use Verdict::{Matched, MissingAtStripe, MissingHere};
        assert_eq!(
            verdicts,
            [
                (MissingHere, vec![MissingHere, MissingHere]),
                (Matched, vec![Matched, MissingHere, MissingAtStripe]),
            ]
        );
    }
}

async fn of_period(
    books: &Books,
    since: OffsetDateTime,
    until: OffsetDateTime,
    seller: Option<&str>,
) -> Vec<String> {
    let seller = seller.map(|id| SellerId::new(id).unwrap());
    let tenant = tenant();
    let side = Side::new(&books.database, &tenant);
    let period = Period { since, until };
    let page = side.of_period(period, seller.as_ref(), None).await.unwrap();
    if let Some(last) = page.last() {
        let rest = side
            .of_period(period, seller.as_ref(), Some(last.payout_id))
            .await;
        assert_eq!(rest.unwrap(), []);
    }
    let mut names: Vec<_> = page
        .into_iter()
        .map(|payout| {
            payout
                .stripe_payout_id
                .map_or("waiting".to_owned(), String::from)
        })
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_period_has_stripes_payouts_by_arrival_and_the_ledgers_by_request() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        let ours = books.payout(1).await;
        let submission = json!({
            "payout_id": ours, "stripe_payout_id": "po_ours", "arrival_date": "2026-11-25",
        });
        books.accepted("submit-payout", submission).await;
        books.transaction("b", json!({})).await;
        books.payout(2).await;
        books.transaction("c", json!({})).await;
        let called_off = books.payout(3).await;
        books
            .accepted("cancel-payout", json!({ "payout_id": called_off }))
            .await;
        books
            .told("evt_1", "payout.paid", object("po_auto", 8_000, "paid"))
            .await;

        let (arrival, after) = (
            datetime!(2026-11-25 00:00 UTC),
            datetime!(2026-11-25 00:01 UTC),
        );
        let (first, last) = (
            datetime!(2000-01-01 00:00 UTC),
            datetime!(2100-01-01 00:00 UTC),
        );
        let check = async |since, until, seller, expected: &[&str]| {
            assert_eq!(
                of_period(&books, since, until, seller).await,
                expected,
                "{since} {until}"
            );
        };
        check(first, last, None, &["po_auto", "po_ours", "waiting"]).await;
        check(first, last, Some("seller"), &["po_ours", "waiting"]).await;
        check(first, last, Some("platform"), &["po_auto"]).await;
        check(first, first + time::Duration::DAY, None, &[]).await;
        // The end is not in it. The clock of a test may be on either side of the arrival.
        let mut at_arrival = of_period(&books, arrival, after, None).await;
        at_arrival.retain(|name| name != "waiting");
        assert_eq!(at_arrival, ["po_auto"]);
        let mut before = of_period(&books, first, arrival, Some("platform")).await;
        before.retain(|name| name != "waiting");
        assert_eq!(before, [""; 0]);
    }
}

#[tokio::test]
async fn all_are_asked_about_who_are_registered_or_have_payouts_and_no_account_twice() {
    for books in Books::each().await {
        let adopted = async |payout: &str, account: &str| {
            let told = json!({ "stripe_payout_id": payout, "amount": usd("80.00"),
                "status": "paid", "account": account });
            books.accepted("report-payout", told).await;
        };
        adopted("po_1", "acct_late").await;
        adopted("po_2", "acct_stranger").await;
        for (seller, account) in [("late", "acct_late"), ("zoe", "acct_zoe")] {
            let known = json!({ "seller_id": seller, "stripe_account": account });
            books.accepted("register-seller", known).await;
        }
        books.transaction("a", json!({})).await;
        books.payout(1).await;

        let tenant = tenant();
        let side = Side::new(&books.database, &tenant);
        let told = async |only: Option<&str>, after: Option<&str>| {
            let [only, after] = [only, after].map(|id| id.map(|id| SellerId::new(id).unwrap()));
            let page = side.sellers(only.as_ref(), after.as_ref()).await.unwrap();
            let told = page.into_iter().map(|paid| {
                let account = paid.account.map_or("none".to_owned(), String::from);
                let waits = if paid.waiting_since.is_some() {
                    ", waits"
                } else {
                    ""
                };
                format!("{} {account}{waits}", paid.seller_id)
            });
            told.collect::<Vec<_>>()
        };
        let all = [
            "acct_stranger acct_stranger",
            "late acct_late",
            "seller none, waits",
            "zoe acct_zoe",
        ];
        assert_eq!(told(None, None).await, all);
        assert_eq!(told(None, Some("late")).await, all[2..]);
        assert_eq!(told(Some("zoe"), None).await, all[3..]);
        assert_eq!(told(Some("acct_late"), None).await, ["acct_late acct_late"]);
        assert_eq!(told(Some("nobody"), None).await, [""; 0]);
    }
}
