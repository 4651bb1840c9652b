//! Payouts: listed, filtered, and one of them explained.

use serde_json::json;
use support::eventually;

use super::stage::{Stage, is_quiet};
use crate::dashboard::live::SOON;

#[tokio::test]
async fn payouts_are_shown_newest_first_and_filtered_by_what_the_address_says() {
    let stage = Stage::start().await;
    let first = stage.pays("anna", "s1", "1234.50").await;
    let second = stage.pays("björn", "s2", "7.00").await;
    let paid = json!({ "payout_id": first, "stripe_payout_id": "po_1" });
    stage.does("submit-payout", paid).await;
    stage
        .does("mark-payout-paid", json!({ "payout_id": first }))
        .await;

    let browser = stage.browse("/payouts").await;
    browser.sees("1,234.50").await;
    let rows = "return [...document.querySelectorAll('tbody tr td:first-child a')] \
        .map((it) => it.getAttribute('href'))";
    let both = json!([format!("#/payouts/{second}"), format!("#/payouts/{first}")]);
    assert_eq!(browser.run(rows, &[]).await, both);

    browser
        .click("select[name=status] option[value=paid]")
        .await;
    let one = json!([format!("#/payouts/{first}")]);
    eventually(SOON, async || match browser.run(rows, &[]).await {
        rows if rows == one => Ok(()),
        rows => Err(rows),
    })
    .await;
    let address = browser.run("return location.hash", &[]).await;
    assert_eq!(address, "#/payouts?status=paid");

    browser.fill("input[name=seller]", "nobody").await;
    browser.click("form.filters button").await;
    browser.sees("No payout is like that").await;
    browser.click("a.button").await;
    eventually(SOON, async || match browser.run(rows, &[]).await {
        rows if rows == both => Ok(()),
        rows => Err(rows),
    })
    .await;
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

#[tokio::test]
async fn amounts_have_the_digits_of_their_currency_and_are_never_rounded() {
    let stage = Stage::start().await;
    let browser = stage.browse("/payouts").await;
    // Beyond what a double can tell apart.
    for (id, amount, currency, shown) in [
        ("a", "90071992547409.93", "usd", "90,071,992,547,409.93"),
        ("b", "15120", "jpy", "15,120"),
        ("c", "1234.500", "kwd", "1,234.500"),
    ] {
        stage.sells("anna", id, amount, currency).await;
        stage.requests("anna", currency).await;
        browser.sees(shown).await;
    }
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

#[tokio::test]
async fn a_payouts_life_is_told_in_order_of_time() {
    let stage = Stage::start().await;
    let payout = stage.pays("anna", "s1", "100.00").await;
    let told = json!({ "payout_id": payout, "stripe_payout_id": "po_1" });
    stage.does("submit-payout", told).await;
    let failed = json!({ "payout_id": payout, "failure_code": "account_closed",
        "failure_message": "The bank account has been closed." });
    stage.does("mark-payout-failed", failed).await;

    let browser = stage.browse("/payouts").await;
    browser.click("tbody tr td:first-child a").await;
    browser.sees("The bank account has been closed.").await;
    let names = browser
        .run(
            "return [...document.querySelectorAll('.life b')].map((it) => it.textContent)",
            &[],
        )
        .await;
    let expected = json!([
        "Command: request-payout",
        "Funds reserved",
        "Payout requested",
        "Command: submit-payout",
        "Payout submitted",
        "Command: mark-payout-failed",
        "Reservation returned",
        "Payout failed",
    ]);
    assert_eq!(names, expected);
    let text = browser.text().await;
    for part in ["100.00", "s1", "Returned", "seller/anna/reserved", &payout] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Its name at Stripe leads there too.
    browser
        .open(&format!("{}/#/payouts?payout=po_1", stage.base))
        .await;
    browser.sees("The bank account has been closed.").await;
    // Times are the reader's; UTC is behind them.
    let titles = browser
        .run(
            "return [...document.querySelectorAll('time')].map((it) => it.title)",
            &[],
        )
        .await;
    let titles = titles.as_array().expect("titles");
    assert!(
        titles
            .iter()
            .all(|title| title.as_str().is_some_and(|it| it.ends_with(" UTC")))
    );
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}
