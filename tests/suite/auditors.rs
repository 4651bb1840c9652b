//! What auditors see with SQL: their tenants' rows, in major units, and nothing else.

mod account;
mod everywhere;
mod login;
mod money;
mod role;

use projections::follower;
use store::Database;
use support::{Generator, Shape};

const VIEWS: [&str; 9] = [
    "audit_sellers",
    "audit_payouts",
    "audit_payout_items",
    "audit_transfers",
    "audit_transactions",
    "audit_balances",
    "audit_postings",
    "audit_daily_rollups",
    "audit_events",
];

/// The SQL of the guide's sections.
fn documented(heading: &str) -> Vec<String> {
    let guide = include_str!("../../docs/auditors.md");
    let (_, section) = guide.split_once(&format!("# {heading}\n")).expect(heading);
    let section = section.split("\n#").next().unwrap_or_default();
    let blocks = section.split("```sql\n").skip(1);
    let sql = blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned());
    sql.collect()
}

/// Makes books of several tenants.
async fn fill(url: &str) {
    let database = Database::open(url).await.expect("a database");
    database.migrate().await.expect("a schema");
    let mut generator = Generator::new(3, Shape::small());
    let ledger = generator.ledger(database.clone());
    generator.run(&ledger, 2000).await;
    ledger.close().await;
    follower::catch_up(&database).await.expect("followers");
    database.close().await;
}
