//! Who may see the page's contents, and do what.

use serde_json::json;
use support::{Launch, Payoutd, eventually};

use super::{
    live::SOON,
    stage::{Stage, contradiction},
};

const TOKENS: &str = "an-operators-token:operator,an-auditors-token:auditor,\
    another-operators-token:operator:acme";

fn launch() -> Launch {
    Payoutd::with(["serve"]).env("PAYOUTD_API_TOKENS", TOKENS)
}

#[tokio::test]
async fn a_token_is_asked_for_kept_for_the_tab_and_shows_what_it_may() {
    let stage = Stage::of(launch(), Some("an-operators-token")).await;
    stage.pays("anna", "s1", "42.00").await;
    stage.ingests(&contradiction("evt_1", "po_1", "x")).await;
    let browser = stage.browse("/payouts").await;
    browser.fill("dialog input", "a-guess").await;
    browser.click("dialog button").await;
    browser.sees("the token is not known").await;
    browser.fill("dialog input", "an-auditors-token").await;
    browser.click("dialog button").await;
    browser.sees("42.00").await;
    browser.sees("Live").await;
    let kept =
        "return [Object.values(sessionStorage), Object.values(localStorage), document.cookie]";
    let kept = browser.run(kept, &[]).await;
    assert_eq!(kept, json!([["an-auditors-token"], [], ""]));
    let address = browser.run("return location.href", &[]).await;
    assert!(!address.to_string().contains("token"), "{address}");

    // An auditor is shown nothing to press.
    browser
        .open(&format!("{}/#/dead-letters/evt_1", stage.base))
        .await;
    browser.sees("byte for byte as it was received").await;
    let buttons = "return document.querySelectorAll('main .tools button').length";
    assert_eq!(browser.run(buttons, &[]).await, 0);

    browser.click("#sign-out").await;
    browser.fill("dialog input", "an-operators-token").await;
    browser.click("dialog button").await;
    eventually(SOON, async || match browser.run(buttons, &[]).await {
        found if found == 2 => Ok(()),
        found => Err(found),
    })
    .await;
    stage.stop().await;
}

#[tokio::test]
async fn a_token_of_another_tenant_shows_that_tenants_books() {
    let stage = Stage::of(launch(), Some("an-operators-token")).await;
    stage.pays("anna", "s1", "42.00").await;
    let browser = stage.browse("/payouts").await;
    browser
        .fill("dialog input", "another-operators-token")
        .await;
    browser.click("dialog button").await;
    browser.sees("No payout yet").await;
    browser.sees("acme").await;
    assert!(!browser.text().await.contains("anna"));
    stage.stop().await;
}

#[tokio::test]
async fn a_caller_is_told_who_it_is() {
    let stage = Stage::of(launch(), Some("another-operators-token")).await;
    let me = stage.get("/v1/me").await;
    assert_eq!(me.body["tenant"], "acme");
    assert_eq!(me.body["role"], "operator");
    assert_eq!(me.body["livemode"], false);
    stage.stop().await;
}
