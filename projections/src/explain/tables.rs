//! What the read tables and the books say of a payout.

use std::collections::HashMap;

use domain::id::{PayoutId, Tenant};
use domain::money::Money;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use store::{Database, Recorded, Value};

use crate::{
    query::{self, AsOf, Filter, QueryError, Table},
    statements,
};

type Row = Map<String, Json>;

/// What the read tables say now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tables {
    /// Its row in `payouts`.
    pub payout: Option<Row>,
    /// Whether that row is what its events make of it.
    pub payout_equals_its_events: bool,
    /// Its items.
    pub items: Vec<ItemOf>,
    /// The balance it was taken from.
    pub balance: Option<Row>,
}

/// One item, with what it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemOf {
    /// Its row in `payout_items`.
    pub item: Row,
    /// The row of its transaction; none if Stripe listed what the ledger does not know.
    pub transaction: Option<Row>,
    /// The rows of the transfers that carry it.
    pub transfers: Vec<Row>,
}

/// Reads the tables.
pub(super) async fn now(
    database: &Database,
    tenant: &Tenant,
    payout: PayoutId,
) -> Result<Tables, QueryError> {
    let of_payout = Filter {
        payout: Some(payout),
        limit: Some(query::MAX_LIMIT),
        ..Filter::of(tenant.clone())
    };
    // Events may come in between the two: whoever finds a difference looks again.
    let (mut row, mut folded) = both(database, &of_payout).await?;
    if row != folded {
        (row, folded) = both(database, &of_payout).await?;
    }
    let balance = match &row {
        Some(row) => {
            let key = json!([[row.get("seller_id"), row.get("currency")]]);
            let rows = query::named(database, Table::Balances, tenant, &key).await?;
            query::in_words(Table::Balances, &rows)?.pop()
        }
        None => None,
    };
    Ok(Tables {
        payout_equals_its_events: row == folded,
        payout: row,
        items: items(database, &of_payout).await?,
        balance,
    })
}

/// The payout's row, and what its events make of it.
async fn both(
    database: &Database,
    of_payout: &Filter,
) -> Result<(Option<Row>, Option<Row>), QueryError> {
    let row = query::run(database, Table::Payouts, of_payout).await?;
    let from_events = Filter {
        as_of: Some(AsOf::Position(i64::MAX)),
        ..of_payout.clone()
    };
    let folded = query::run(database, Table::Payouts, &from_events).await?;
    Ok((row.rows.into_iter().next(), folded.rows.into_iter().next()))
}

async fn items(database: &Database, of_payout: &Filter) -> Result<Vec<ItemOf>, QueryError> {
    // A payout has no more items than a page has rows.
    let items = query::run(database, Table::PayoutItems, of_payout)
        .await?
        .rows;
    let ids: Vec<_> = texts(&items, "transaction_id").collect();
    let keys = ids.iter().map(|id| json!([id])).collect();
    let tenant = &of_payout.tenant;
    let rows = query::named(database, Table::Transactions, tenant, &keys).await?;
    let transactions = query::in_words(Table::Transactions, &rows)?;
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(texts(&items, "transfer_id").collect()),
        Value::Texts(ids),
    ];
    let rows = database
        .fetch(&statements::EXPLAIN_TRANSFERS, &values)
        .await?;
    let transfers = query::in_words(Table::Transfers, &rows)?;

    let by_id = |rows: Vec<Row>, column: &str| -> HashMap<String, Vec<Row>> {
        let mut found = HashMap::<_, Vec<Row>>::new();
        for row in rows {
            if let Some(id) = text(&row, column) {
                found.entry(id.to_owned()).or_default().push(row);
            }
        }
        found
    };
    let mut transactions = by_id(transactions, "transaction_id");
    let carrying = by_id(transfers.clone(), "transaction_id");
    let transfers = by_id(transfers, "transfer_id");
    let item = |item: Row| {
        let id = text(&item, "transaction_id").unwrap_or_default();
        let transaction = transactions.remove(id).and_then(|mut rows| rows.pop());
        let told = text(&item, "transfer_id").and_then(|id| transfers.get(id));
        let mut of_it = told.cloned().unwrap_or_default();
        for row in carrying.get(id).into_iter().flatten() {
            if !of_it.contains(row) {
                of_it.push(row.clone());
            }
        }
        ItemOf {
            transaction,
            transfers: of_it,
            item,
        }
    };
    Ok(items.into_iter().map(item).collect())
}

fn text<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    row.get(column)?.as_str()
}

fn texts<'r>(rows: &'r [Row], column: &'r str) -> impl Iterator<Item = &'r str> {
    rows.iter().filter_map(move |row| text(row, column))
}

/// The lines that an event has in the books.
pub(super) fn postings(recorded: &Recorded) -> Vec<Row> {
    let lines = domain::postings::postings(&recorded.event).into_iter();
    lines
        .map(|posting| {
            let fields = [
                ("position", json!(recorded.position())),
                ("account", json!(posting.account)),
                ("amount_minor", json!(posting.amount.minor())),
                (
                    "amount",
                    json!(Money::new(posting.amount, posting.currency)),
                ),
                ("currency", json!(posting.currency)),
            ];
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect()
        })
        .collect()
}
