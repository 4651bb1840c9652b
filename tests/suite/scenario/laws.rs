//! What must hold at the end of every scenario.

use domain::id::Tenant;
use store::Database;

/// Brings the followers up to date and checks every law of the ledger; panics
/// with the first offender of each law that is broken.
pub async fn check(database: &Database) {
    projections::follower::catch_up(database)
        .await
        .expect("the followers can follow");
    let report = projections::verify::verify(database, &Tenant::default_tenant())
        .await
        .expect("the ledger can be verified");
    let broken: Vec<_> = report
        .laws
        .iter()
        .filter(|law| law.offender.is_some())
        .collect();
    assert!(broken.is_empty(), "broken laws: {broken:#?}");
}
