//! The files that the page is made of, as they are served.

use std::time::Duration;

use support::Payoutd;

use super::stage::Stage;

#[tokio::test]
async fn files_are_asked_for_again_and_answered_by_their_hash() {
    let stage = Stage::start().await;
    let page = stage.text("/").await;
    let mut paths: Vec<String> = vec!["/".to_owned()];
    for part in page.split('"').filter(|part| part.starts_with("/assets/")) {
        paths.push(part.to_owned());
    }
    assert!(paths.len() > 5, "{paths:?}");
    for path in paths {
        let answer = stage.prepare("GET", &path).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let headers = answer.headers().clone();
        assert_eq!(headers["cache-control"], "no-cache", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        let policy = headers["content-security-policy"].to_str().expect("text");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        let tag = headers["etag"].to_str().expect("text");
        for known in [tag.to_owned(), format!("\"other\", W/{tag}")] {
            let again = stage.prepare("GET", &path).header("If-None-Match", known);
            let again = again.send().await.expect("an answer");
            assert_eq!(again.status(), 304, "{path}");
            assert_eq!(again.bytes().await.expect("a body").len(), 0);
        }
        let changed = stage
            .prepare("GET", &path)
            .header("If-None-Match", "\"other\"");
        assert_eq!(changed.send().await.expect("an answer").status(), 200);
    }
    let missing = stage.get("/assets/secret.js").await;
    assert_eq!(missing.status, 404);
    stage.stop().await;
}

#[tokio::test]
async fn the_demo_keeps_its_books_on_the_page_until_it_is_ended() {
    let mut demo = Payoutd::with(["demo", "--serve"])
        .env("NATS_URL", "nats://127.0.0.1:1")
        .env("STRIPE_SECRET_KEY", "sk_test_not_to_be_used")
        .start();
    let addr = demo.http_addr().await;
    let line = demo.wait_for_line("dashboard=").await;
    assert!(
        line.contains(&format!("dashboard=http://{addr}/")),
        "{line}"
    );
    let client = support::http_client();
    let page = client
        .get(format!("http://{addr}/"))
        .send()
        .await
        .expect("an answer");
    assert!(page.text().await.expect("text").contains("<title>payoutd"));
    let rows = client
        .get(format!("http://{addr}/v1/payouts"))
        .send()
        .await
        .expect("an answer");
    assert!(rows.text().await.expect("text").contains("po_demo_tools"));
    assert!(
        demo.stdout().contains("Ctrl-C ends it"),
        "{}",
        demo.stdout()
    );
    let ended = demo.terminate(Duration::from_secs(10)).await;
    assert!(ended.success(), "{ended}");
}
