//! What checks find: seals that do not fit, laws that are broken, Stripe that disagrees.

use serde_json::json;

use support::eventually;

use super::stage::{PAYOUT, SOON, Stage};

/// The service itself looks at its seals, over and over.
#[tokio::test]
async fn a_log_that_was_altered_is_an_alert_until_it_is_as_it_was_sealed() {
    let stage = Stage::with("seal_check_secs = 1\n").await;
    stage.accepts("record-transaction", Stage::sale(1)).await;
    // Whoever is in a transaction on this server holds the sealed end back, in other databases too.
    eventually(SOON, async || {
        stage.run(&["seal", "now"], "").await.expect_code(0);
        let log = stage.run(&["seal", "log", "--json"], "").await;
        match log.stdout.lines().count() {
            0 => Err(log),
            _ => Ok(()),
        }
    })
    .await;

    let alter = "UPDATE events SET data = replace(data::text, '1050', '9050')::json \
        WHERE type = 'transaction-recorded'";
    stage.sql(alter).await;
    let alert = stage.fires("seal-broken").await;
    assert_eq!(
        (alert["level"].as_str(), alert["subject"].as_str()),
        (Some("CRITICAL"), Some("seals"))
    );
    assert!(
        alert["message"].as_str().expect("text").contains("event 1"),
        "{alert}"
    );

    stage
        .sql(alter.replace("'1050', '9050'", "'9050', '1050'"))
        .await;
    stage.resolves("seal-broken").await;
}

/// `verify` on somebody's command line leaves its result for the service.
#[tokio::test]
async fn a_law_that_verify_found_broken_is_an_alert_until_it_holds() {
    let stage = Stage::with("").await;
    stage.accepts("record-transaction", Stage::sale(1)).await;

    stage
        .sql("UPDATE balances SET available_minor = available_minor + 1")
        .await;
    stage.run(&["verify"], "").await.expect_code(1);
    let alert = stage.fires("seal-broken").await;
    assert_eq!(alert["subject"], "laws");

    stage
        .sql("UPDATE balances SET available_minor = available_minor - 1")
        .await;
    stage.run(&["verify"], "").await.expect_code(0);
    stage.resolves("seal-broken").await;
}

#[tokio::test]
async fn a_difference_to_stripe_is_an_alert_until_there_is_none() {
    let stage = Stage::with("").await;
    stage.request_payout().await;
    let submitted = json!({"payout_id": PAYOUT, "stripe_payout_id": "po_1"});
    stage.accepts("submit-payout", submitted).await;
    stage
        .accepts("mark-payout-paid", json!({"payout_id": PAYOUT}))
        .await;
    let report = |gross: &str| {
        format!(
            "payout_id,effective_at_utc,effective_at,currency,gross,fee,net,reporting_category,\
             balance_transaction_id,description,payout_expected_arrival_date,payout_status\n\
             po_1,2026-11-25 00:00:00,2026-11-25 00:00:00,usd,{gross},0.00,{gross},payout,txn_1,\
             STRIPE PAYOUT,2026-11-25,paid\n"
        )
    };
    let reconcile = ["reconcile", "--payouts-csv", "/dev/stdin"];

    stage.run(&reconcile, &report("11.00")).await.expect_code(1);
    let alert = stage.fires("reconciliation-difference").await;
    assert_eq!(alert["level"], "ERROR");

    stage.run(&reconcile, &report("10.50")).await.expect_code(0);
    stage.resolves("reconciliation-difference").await;
}
