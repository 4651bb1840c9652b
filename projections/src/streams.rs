//! Which streams a question about a seller's money is about.

use domain::{
    id::{SellerId, StreamId, Tenant},
    money::Currency,
};
use serde_json::Value as Json;
use store::{Database, StoreError};

use crate::query::{self, Filter, QueryError, Table};

/// The streams of a seller's balances in the order of their currencies.
///
/// # Errors
/// When there is no such seller, or the database fails.
pub(crate) async fn of_balances(
    database: &Database,
    tenant: &Tenant,
    (seller, currency): (&SellerId, Option<Currency>),
) -> Result<Vec<StreamId>, QueryError> {
    let of_seller = Filter {
        seller: Some(seller.clone()),
        limit: Some(query::MAX_LIMIT),
        ..Filter::of(tenant.clone())
    };
    let balances = query::run(database, Table::Balances, &of_seller)
        .await?
        .rows;
    if balances.is_empty() {
        let registered = query::run(database, Table::Sellers, &of_seller).await?.rows;
        if registered.is_empty() {
            return Err(QueryError::SellerNotFound(seller.clone()));
        }
    }
    let mut streams = Vec::with_capacity(balances.len());
    for row in balances {
        let code = row
            .get("currency")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let found = Currency::parse(code).map_err(StoreError::from)?;
        if currency.is_none_or(|wanted| wanted == found) {
            streams.push(StreamId::balance(seller, found));
        }
    }
    Ok(streams)
}
