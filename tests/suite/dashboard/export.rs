//! Lists to be kept: from the page, and as the API gives them.

use serde_json::{Value as Json, json};

use super::stage::{Stage, is_quiet};

#[tokio::test]
async fn the_page_keeps_exactly_what_its_filter_lets_through() {
    let stage = Stage::start().await;
    for n in 0..60 {
        let seller = if n % 2 == 0 { "anna" } else { "björn" };
        stage.pays(seller, &format!("s{n}"), "10.00").await;
    }
    let browser = stage.browse("/payouts?seller=bj%C3%B6rn").await;
    browser.sees("30 payouts shown").await;
    browser.click("button[data-format=csv]").await;
    let csv = browser.kept("payouts.csv").await;
    let filter = "/v1/payouts?seller=bj%C3%B6rn&order=newest";
    assert_eq!(csv, stage.text(&format!("{filter}&format=csv")).await);
    assert_eq!(csv.lines().count(), 31, "{csv}");
    browser.click("button[data-format=json]").await;
    let rows: Json = serde_json::from_str(&browser.kept("payouts.json").await).expect("JSON");
    assert_eq!(
        rows,
        stage.get(&format!("{filter}&limit=1000")).await.body["rows"]
    );
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

#[tokio::test]
async fn every_list_can_be_had_as_csv_json_and_lines() {
    let stage = Stage::start().await;
    stage.pays("anna", "s1", "10.00").await;
    stage.pays("anna", "s2", "20.00").await;
    for table in [
        "payouts",
        "payout-items",
        "transactions",
        "balances",
        "events",
    ] {
        let path = format!("/v1/{table}");
        let page = stage.get(&path).await.body["rows"].clone();
        let rows = page.as_array().expect("rows");
        assert!(!rows.is_empty(), "{table}");
        let array: Json =
            serde_json::from_str(&stage.text(&format!("{path}?format=json")).await).expect("JSON");
        assert_eq!(array, page, "{table}");
        let lines = stage.text(&format!("{path}?format=jsonl")).await;
        let lines: Vec<Json> = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(&lines, rows, "{table}");
        let request = stage.prepare("GET", &path).header("Accept", "text/csv");
        let answer = request.send().await.expect("an answer");
        let headers = answer.headers().clone();
        assert_eq!(headers["content-type"], "text/csv");
        let file = format!("attachment; filename=\"{table}.csv\"");
        assert_eq!(headers["content-disposition"], file);
        let csv = answer.text().await.expect("text");
        assert_eq!(csv.lines().count(), rows.len() + 1, "{table}: {csv}");
        let one = stage.text(&format!("{path}?format=csv&limit=1")).await;
        assert_eq!(
            one.lines().collect::<Vec<_>>(),
            csv.lines().take(2).collect::<Vec<_>>()
        );
    }
    for (query, told) in [
        ("format=xml", "csv, json or jsonl"),
        ("format=csv&format=csv", "twice"),
    ] {
        let refused = stage.get(&format!("/v1/payouts?{query}")).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("INVALID_COMMAND"))
        );
        assert!(
            refused.body["detail"].to_string().contains(told),
            "{refused:?}"
        );
    }
    let refused = stage.get("/v1/trial-balance?format=csv").await;
    assert_eq!(refused.status, 400, "{refused:?}");
    stage.stop().await;
}

#[tokio::test]
async fn a_cell_that_a_spreadsheet_would_run_is_made_text() {
    let stage = Stage::start().await;
    stage.sells("=cmd|'/c'!A1", "s1", "10.00", "usd").await;
    let csv = stage.text("/v1/balances?format=csv").await;
    assert!(csv.contains("\n'=cmd|'/c'!A1,usd,"), "{csv}");
    stage.stop().await;
}

#[tokio::test]
async fn the_newest_payouts_come_first_page_by_page_and_each_once() {
    let stage = Stage::start().await;
    let mut all = Vec::new();
    for n in 0..7 {
        all.push(stage.pays("anna", &format!("s{n}"), "10.00").await);
    }
    all.reverse();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = stage
            .get(&format!("/v1/payouts?order=newest&limit=2{cursor}"))
            .await;
        assert_eq!(page.status, 200, "{page:?}");
        let rows = page.body["rows"].as_array().expect("rows");
        seen.extend(
            rows.iter()
                .map(|row| row["payout_id"].as_str().expect("an id").to_owned()),
        );
        // One that comes meanwhile moves none of the others.
        stage
            .pays("björn", &format!("later{}", seen.len()), "1.00")
            .await;
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, all);
    for query in [
        "order=oldest",
        "order=newest&as_of=3",
        "order=newest&cursor=00",
    ] {
        let refused = stage.get(&format!("/v1/payouts?{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {refused:?}");
    }
    let refused = stage.get("/v1/events?order=newest").await;
    assert_eq!(refused.status, 400, "{refused:?}");
    stage.stop().await;
}
