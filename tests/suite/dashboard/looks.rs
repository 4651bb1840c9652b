//! Every page, light and dark, on a desk and on a phone: it fits, and it can be read by those who
//! do not see it. Pictures of all are taken for people, if a folder for them is named.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use support::{Browser, Screen, eventually};

use super::{
    live::SOON,
    stage::{Stage, contradiction, is_quiet},
};

const DESK: Screen = Screen {
    width: 1360,
    height: 860,
    mobile: false,
};
const PHONE: Screen = Screen {
    width: 360,
    height: 740,
    mobile: true,
};

/// Sellers of several currencies, with payouts in every status.
async fn books(stage: &Stage) -> String {
    const SELLERS: [(&str, &str, u32); 6] = [
        ("harbor-ceramics", "usd", 2),
        ("nordlys-lamps", "eur", 2),
        ("sakura-press", "jpy", 0),
        ("old-town-books", "gbp", 2),
        ("al-noor-textiles", "kwd", 3),
        ("zoë-and-daughters", "eur", 2),
    ];
    let mut failed = String::new();
    for (n, (seller, currency, decimals)) in SELLERS.into_iter().enumerate() {
        let registered = json!({ "seller_id": seller, "payout_schedule": "weekly:mon",
            "stripe_account": format!("acct_1Example{n}") });
        stage.does("register-seller", registered).await;
        for round in 0..4_usize {
            let whole = 240 + 1_370 * round + 310 * n;
            let amount = match decimals {
                0 => format!("{whole}00"),
                2 => format!("{whole}.50"),
                _ => format!("{whole}.250"),
            };
            let sale = format!("order-{}", 100 + 10 * n + round);
            stage.sells(seller, &sale, &amount, currency).await;
            let payout = stage.requests(seller, currency).await;
            let stripes = format!("po_1Example{n}{round}");
            let submitted = json!({ "payout_id": payout, "stripe_payout_id": stripes,
                "arrival_date": "2026-12-01T00:00:00Z" });
            match (n + round) % 5 {
                0 => {}
                1 => {
                    let asked = json!({ "payout_id": payout, "reason": "asked twice" });
                    stage.does("cancel-payout", asked).await;
                }
                2 => {
                    stage.does("submit-payout", submitted).await;
                }
                3 => {
                    stage.does("submit-payout", submitted).await;
                    let why = json!({ "payout_id": payout, "failure_code": "account_closed",
                        "failure_message": "The bank account has been closed." });
                    stage.does("mark-payout-failed", why).await;
                    failed = payout;
                }
                _ => {
                    stage.does("submit-payout", submitted).await;
                    stage
                        .does("mark-payout-paid", json!({ "payout_id": payout }))
                        .await;
                }
            }
        }
        let sale = format!("order-{}", 109 + 10 * n);
        stage.sells(seller, &sale, "75", currency).await;
    }
    for n in 1..=2 {
        let event = contradiction(
            &format!("evt_1Example{n}"),
            &format!("po_dead{n}"),
            "STRIPE PAYOUT",
        );
        stage.ingests(&event).await;
    }
    failed
}

/// Two readings of the machine, so that its charts have lines.
async fn machine(stage: &Stage) {
    eventually(SOON * 2, async || {
        let answer = stage.get("/v1/machine/readings").await;
        let readings = answer.body["readings"].as_array().map_or(0, Vec::len);
        if readings >= 2 { Ok(()) } else { Err(readings) }
    })
    .await;
}

async fn settled(browser: &Browser) {
    eventually(SOON, async || {
        let ready = "return document.querySelector('main h1') !== null \
            && document.querySelector('.loading') === null && document.readyState === 'complete'";
        match browser.run(ready, &[]).await {
            ready if ready == true => Ok(()),
            ready => Err(ready),
        }
    })
    .await;
}

/// What is wider than the screen, if anything.
const TOO_WIDE: &str = "const wide = document.documentElement.clientWidth; \
    return document.documentElement.scrollWidth <= wide ? [] : \
    [...document.querySelectorAll('body *')] \
        .filter((it) => it.getBoundingClientRect().right > wide + 1) \
        .map((it) => `${it.tagName}.${it.className}`).slice(0, 5)";

/// Advice names a command; it is set apart, and not by the marks that it is written with.
async fn commands_are_set_apart(browser: &Browser) {
    let (shown, text) = eventually(SOON, async || {
        let shown =
            "return [...document.querySelectorAll('main code')].map((it) => it.textContent)";
        match (browser.run(shown, &[]).await, browser.text().await) {
            (shown, text) if text.contains("payoutd dead-letters list") => Ok((shown, text)),
            seen => Err(seen),
        }
    })
    .await;
    let shown = shown.as_array().expect("texts");
    assert!(
        shown.contains(&json!("payoutd dead-letters list")),
        "{shown:?}"
    );
    assert!(!text.contains('`'), "{text}");
}

/// What axe-core finds, as one line for each finding.
const LACKS: &str = "const found = await axe.run(document, { resultTypes: ['violations'] }); \
    return found.violations.flatMap((one) => one.nodes.map((node) => \
        `${one.id}: ${node.target.join(' ')}: ${node.any.concat(node.all, node.none) \
            .map((it) => it.message).join('; ')}`));";

#[tokio::test]
async fn every_page_fits_and_lacks_nothing_in_light_and_dark_on_a_desk_and_on_a_phone() {
    let stage = Stage::start().await;
    let failed = books(&stage).await;
    machine(&stage).await;
    let axe = std::env::var("PAYOUTD_TEST_AXE").expect("./tests/run tells where axe-core is");
    let axe = std::fs::read_to_string(axe).expect("axe-core");
    let pictures = std::env::var_os("PAYOUTD_SCREENSHOTS").map(PathBuf::from);
    let pages = [
        ("overview", "/".to_owned()),
        ("payouts", "/payouts".to_owned()),
        ("payout", format!("/payouts/{failed}")),
        ("sellers", "/sellers".to_owned()),
        ("seller", "/sellers/harbor-ceramics".to_owned()),
        ("dead-letters", "/dead-letters".to_owned()),
        ("dead-letter", "/dead-letters/evt_1Example1".to_owned()),
        ("health", "/health".to_owned()),
        ("transactions", "/transactions?span=900".to_owned()),
        ("alerts", "/alerts".to_owned()),
        ("nothing", "/payouts?seller=nobody".to_owned()),
    ];
    let browser = stage.browse("/").await;
    settled(&browser).await;
    for (screen, on) in [(DESK, "desk"), (PHONE, "phone")] {
        browser.show_on(screen).await;
        for theme in ["light", "dark"] {
            for (name, page) in &pages {
                let go = "localStorage.setItem('payoutd.theme', arguments[0]); \
                    location.hash = arguments[1]; location.reload()";
                browser.run(go, &[json!(theme), json!(page)]).await;
                settled(&browser).await;
                if *name == "health" {
                    commands_are_set_apart(&browser).await;
                }
                let wide = browser.run(TOO_WIDE, &[]).await;
                assert_eq!(wide, json!([]), "{name} in {theme} on a {on}");
                browser.run(&axe, &[]).await;
                let lacks = browser.wait_for(LACKS, &[]).await;
                assert_eq!(
                    lacks,
                    Json::Array(Vec::new()),
                    "{name} in {theme} on a {on}"
                );
                if let Some(folder) = &pictures {
                    let file = folder.join(format!("{name}-{theme}-{on}.png"));
                    take(&browser, screen, &file).await;
                }
            }
        }
    }
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

/// The whole page, not only what fits on the screen.
async fn take(browser: &Browser, screen: Screen, file: &std::path::Path) {
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    browser.run("document.activeElement.blur()", &[]).await;
    let height = browser
        .run("return document.documentElement.scrollHeight", &[])
        .await;
    let height = height.as_u64().and_then(|it| u32::try_from(it).ok());
    let height = height.unwrap_or(screen.height).clamp(screen.height, 2_400);
    browser.show_on(Screen { height, ..screen }).await;
    browser.picture(file).await;
    browser.show_on(screen).await;
}
