//! Queries: filters, pages, and what cannot be asked.

use domain::{
    id::{PayoutId, SellerId},
    money::Currency,
};
use projections::{
    follower,
    query::{Filter, QueryError, Table},
};
use serde_json::json;
use time::macros::datetime;

use crate::{
    books::{Books, all},
    history,
};

#[tokio::test]
async fn rows_have_the_columns_of_the_contract_in_order_and_money_after_minor_units() {
    let books = Books::new().await;
    books.transaction("tx", json!({})).await;
    books.payout(1).await;
    let row = books.rows(Table::Payouts).await.remove(0);
    let names: Vec<_> = row.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "payout_id",
            "seller_id",
            "status",
            "amount_minor",
            "amount",
            "currency",
            "item_count",
            "origin",
            "stripe_payout_id",
            "method",
            "arrival_date",
            "failure_code",
            "failure_message",
            "requested_at",
            "paid_at",
            "updated_at",
            "version",
            "description",
            "held_up",
        ]
    );
    assert_eq!(row["amount_minor"], 1000);
    assert_eq!(
        row["amount"],
        json!({ "amount": "10.00", "currency": "usd" })
    );
}

#[tokio::test]
async fn pages_of_any_size_show_every_row_once_and_in_order() {
    for books in Books::each().await {
        history::live(&books, 21, 300).await;
        follower::catch_up(&books.database).await.unwrap();
        for table in Table::ALL {
            let whole = books.rows(table).await;
            assert!(!whole.is_empty(), "{} is empty", table.name());
            for limit in [1, 3, 1000] {
                let mut paged = Vec::new();
                let mut cursor = None;
                loop {
                    let filter = Filter {
                        limit: Some(limit),
                        cursor,
                        ..all()
                    };
                    let answer = books.ask(table, filter).await.unwrap();
                    assert!(answer.rows.len() <= limit as usize);
                    paged.extend(answer.rows);
                    cursor = answer.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(paged, whole, "{} by {limit}", table.name());
            }
        }
    }
}

#[tokio::test]
async fn every_filter_of_every_table_is_understood() {
    for books in Books::each().await {
        history::live(&books, 22, 200).await;
        follower::catch_up(&books.database).await.unwrap();
        for table in Table::ALL {
            let rows = books.rows(table).await;
            let filter = Filter {
                since: Some(datetime!(2020-01-01 00:00 UTC)),
                until: Some(datetime!(2990-01-01 00:00 UTC)),
                limit: Some(1000),
                ..all()
            };
            assert_eq!(books.ask(table, filter.clone()).await.unwrap().rows, rows);
            let past = Filter {
                until: filter.since,
                since: None,
                ..filter.clone()
            };
            assert_eq!(
                books.ask(table, past).await.unwrap().rows,
                [],
                "{}",
                table.name()
            );

            let seller = Some(SellerId::new("seller-1").unwrap());
            let one = books
                .ask(
                    table,
                    Filter {
                        seller,
                        ..filter.clone()
                    },
                )
                .await
                .unwrap()
                .rows;
            assert!(
                !one.is_empty() && one.len() < rows.len(),
                "{}",
                table.name()
            );

            for status in table.statuses() {
                let filter = Filter {
                    status: Some((*status).to_owned()),
                    ..filter.clone()
                };
                for row in books.ask(table, filter).await.unwrap().rows {
                    assert_eq!(row["status"], *status);
                }
            }
            if !matches!(table, Table::Events | Table::Sellers) {
                let other = Some(Currency::parse("eur").unwrap());
                let filter = Filter {
                    currency: other,
                    ..filter.clone()
                };
                assert_eq!(books.ask(table, filter).await.unwrap().rows, []);
            }
        }
    }
}

#[tokio::test]
async fn a_payout_leads_to_its_items_transactions_and_events() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        books.payout(1).await;
        books.transaction("b", json!({})).await;
        books.payout(2).await;
        let payout = Some(PayoutId(uuid::Uuid::from_u128(2)));
        let tables = [
            Table::Payouts,
            Table::PayoutItems,
            Table::Transactions,
            Table::Events,
        ];
        for table in tables {
            let filter = Filter { payout, ..all() };
            let rows = books.ask(table, filter).await.unwrap().rows;
            assert_eq!(rows.len(), 1, "{}", table.name());
        }
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_an_error_that_says_so() {
    let books = Books::new().await;
    let refused = async |table: Table, filter: Filter| {
        books
            .ask(table, filter)
            .await
            .expect_err("refused")
            .to_string()
    };
    let status = |status: &str| Filter {
        status: Some(status.to_owned()),
        ..all()
    };
    assert_eq!(
        refused(Table::Balances, status("paid")).await,
        "balances cannot be filtered by status; they can by seller, currency, since, until"
    );
    assert_eq!(
        refused(Table::Transfers, status("lost")).await,
        "status \"lost\" is none of transfers: created, paid, reversed, partially_reversed"
    );
    for limit in [0, 10_001] {
        let filter = Filter {
            limit: Some(limit),
            ..all()
        };
        let said = format!("limit must be 1 to 10000, not {limit}");
        assert_eq!(refused(Table::Payouts, filter).await, said);
    }
    let filter = Filter {
        cursor: Some("made up".to_owned()),
        ..all()
    };
    let error = books.ask(Table::Events, filter).await.expect_err("refused");
    assert!(matches!(error, QueryError::Cursor(_)));
}

#[test]
fn a_filter_is_read_from_json_and_unknown_fields_are_refused() {
    let read = |json: serde_json::Value| serde_json::from_value::<Filter>(json);
    let filter =
        read(json!({ "tenant": "default", "seller": "s", "since": "2026-11-01T00:00:00Z" }));
    assert_eq!(filter.unwrap().since, Some(datetime!(2026-11-01 00:00 UTC)));
    assert!(read(json!({ "tenant": "default", "sellers": "s" })).is_err());
    assert!(read(json!({ "tenant": "default", "limit": -1 })).is_err());
}

#[test]
fn every_table_is_found_by_its_name() {
    for (name, table) in Table::NAMES.iter().zip(Table::ALL) {
        assert_eq!(Table::parse(name), Some(table));
    }
    assert_eq!(Table::parse("payout_items"), None);
}
