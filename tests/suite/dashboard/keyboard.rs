//! Everything can be done without a mouse.

use support::{Browser, Key, eventually};

use super::{
    live::SOON,
    stage::{Stage, is_quiet},
};

async fn focused(browser: &Browser) -> String {
    let text = "const it = document.activeElement; \
        return it.getAttribute('href') ?? it.name ?? it.id ?? it.tagName";
    let found = browser.run(text, &[]).await;
    found.as_str().unwrap_or_default().to_owned()
}

/// Waits until a page is there that was come to: its heading has the focus.
async fn arrives(browser: &Browser, title: &str) {
    eventually(SOON, async || {
        let shown = "return [document.title, document.activeElement.tagName]";
        match browser.run(shown, &[]).await {
            shown if shown[0] == format!("{title} · payoutd") && shown[1] == "H1" => Ok(()),
            shown => Err(shown),
        }
    })
    .await;
}

/// Goes on by Tab until the focus is where it should be.
async fn tab_to(browser: &Browser, wanted: &str) {
    for _ in 0..40 {
        if focused(browser).await == wanted {
            return;
        }
        browser.press(Key::Tab).await;
    }
    panic!("Tab leads never to {wanted}");
}

#[tokio::test]
async fn from_the_first_key_to_a_payout_and_back() {
    let stage = Stage::start().await;
    let first = stage.pays("anna", "s1", "1.00").await;
    stage.pays("anna", "s2", "2.00").await;
    let browser = stage.browse("/").await;
    browser.sees("Last payouts").await;
    browser.press(Key::Tab).await;
    assert_eq!(
        focused(&browser).await,
        "#page",
        "the first is the way past the frame"
    );
    browser.press(Key::Enter).await;
    assert_eq!(focused(&browser).await, "page");

    browser
        .run("document.querySelector('.brand').focus()", &[])
        .await;
    tab_to(&browser, "#/payouts").await;
    browser.press(Key::Enter).await;
    arrives(&browser, "Payouts").await;
    browser.sees("2.00").await;
    browser
        .run("document.querySelector('tbody a').focus()", &[])
        .await;
    browser.press(Key::Down).await;
    assert_eq!(focused(&browser).await, format!("#/payouts/{first}"));
    browser.press(Key::Enter).await;
    arrives(&browser, "Payout").await;
    browser.sees("Payout requested").await;
    browser.run("history.back()", &[]).await;
    arrives(&browser, "Payouts").await;
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

#[tokio::test]
async fn escape_leaves_a_question_without_an_answer() {
    let stage = Stage::start().await;
    let event = super::stage::contradiction("evt_1", "po_1", "x");
    stage.ingests(&event).await;
    let browser = stage.browse("/dead-letters/evt_1").await;
    browser.click("main button.danger").await;
    let open = "return document.querySelector('dialog[open]') !== null";
    assert_eq!(browser.run(open, &[]).await, true);
    browser.press(Key::Escape).await;
    eventually(SOON, async || match browser.run(open, &[]).await {
        open if open == false => Ok(()),
        open => Err(open),
    })
    .await;
    let left = stage.get("/v1/dead-letters").await;
    assert_eq!(left.body["rows"].as_array().map(Vec::len), Some(1));
    stage.stop().await;
}
