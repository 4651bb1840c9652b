//! What comes from outside is shown as text, and runs nowhere.

use serde_json::json;

use super::stage::{Stage, contradiction, is_quiet, money};

const HOSTILE: [&str; 4] = [
    "<img src=x onerror=window.ran=1>",
    "\"><script>window.ran=1</script>",
    "javascript:window.ran=1",
    "{{constructor.constructor('window.ran=1')()}}",
];

#[tokio::test]
async fn hostile_text_is_shown_as_it_is_and_does_not_run() {
    let stage = Stage::start().await;
    // Ids have no white space; texts for people have.
    let seller = "<img/src=x/onerror=window.ran=1>";
    let mut payouts = Vec::new();
    for (n, text) in HOSTILE.iter().enumerate() {
        let sold = json!({ "transaction_id": format!("{seller}{n}"), "seller_id": seller,
            "kind": "payment", "gross": money("5.00", "usd"), "order_id": seller });
        stage.does("record-transaction", sold).await;
        let wanted = json!({ "seller_id": seller, "currency": "usd", "description": text });
        let reply = stage.does("request-payout", wanted).await;
        let payout = reply["payout_id"].as_str().expect("an id").to_owned();
        let submitted =
            json!({ "payout_id": payout, "stripe_payout_id": format!("po_{seller}{n}") });
        stage.does("submit-payout", submitted).await;
        let failed = json!({ "payout_id": payout, "failure_code": "x", "failure_message": text });
        stage.does("mark-payout-failed", failed).await;
        payouts.push(payout);
        let event = contradiction(&format!("evt_{n}"), &format!("po_{seller}{n}"), text);
        stage.ingests(&event).await;
    }
    let browser = stage.browse("/").await;
    browser.sees("<img/src=x").await;
    let hostile = "%3Cimg%2Fsrc%3Dx%2Fonerror%3Dwindow.ran%3D1%3E";
    let mut pages = vec![
        "/payouts".to_owned(),
        "/sellers".to_owned(),
        format!("/sellers/{hostile}"),
        "/dead-letters".to_owned(),
        "/dead-letters/evt_0".to_owned(),
        format!("/payouts?seller={hostile}"),
    ];
    pages.extend(payouts.iter().map(|id| format!("/payouts/{id}")));
    for page in pages {
        browser.open(&format!("{}/#{page}", stage.base)).await;
        let shown = if page == "/dead-letters" {
            "evt_0"
        } else {
            "onerror=window.ran"
        };
        browser.sees(shown).await;
        let ran = "return [window.ran ?? null, document.images.length, \
            document.querySelectorAll('main script, main iframe, main [onerror]').length, \
            [...document.querySelectorAll('a')] \
                .filter((it) => it.protocol === 'javascript:').length]";
        assert_eq!(
            browser.run(ran, &[]).await,
            json!([null, 1, 0, 0]),
            "{page}"
        );
    }
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

#[tokio::test]
async fn a_script_that_gets_into_the_page_all_the_same_is_not_run() {
    let stage = Stage::start().await;
    let browser = stage.browse("/").await;
    browser.sees("Overview").await;
    is_quiet(&browser, &stage).await;
    let inject = "const place = document.createElement('div'); \
        place.innerHTML = '<img src=\"data:,x\" onerror=\"window.ran=1\">'; \
        document.body.append(place); \
        const script = document.createElement('script'); script.textContent = 'window.ran=1'; \
        document.body.append(script); \
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))); \
        return window.ran ?? null;";
    assert_eq!(browser.wait_for(inject, &[]).await, json!(null));
    let refused = browser.console().await;
    assert!(
        refused
            .iter()
            .any(|line| line.contains("Content Security Policy")),
        "{refused:#?}"
    );
    stage.stop().await;
}
