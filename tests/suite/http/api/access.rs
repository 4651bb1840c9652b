//! Who may ask for what.

use support::{Answer, Launch, Payoutd};

use super::stage::{
    ACME, ACME_AUDITOR, AUDITOR, Caller, OPERATOR, launch, payout, sent, tokens, transaction,
};
use crate::http::{
    answers::problem,
    service::{Service, bare_launch},
};

const READS: [&str; 19] = [
    "/metrics",
    "/v1/machine/readings",
    "/v1/machine/transactions",
    "/v1/sellers",
    "/v1/payouts",
    "/v1/payout-items",
    "/v1/transfers",
    "/v1/transactions",
    "/v1/balances",
    "/v1/postings",
    "/v1/daily-rollups",
    "/v1/events",
    "/v1/payouts/01890a5d-ac96-774b-bcce-b302099a8057",
    "/v1/payouts/01890a5d-ac96-774b-bcce-b302099a8057/history",
    "/v1/payouts/01890a5d-ac96-774b-bcce-b302099a8057/explain",
    "/v1/sellers/nobody/statement",
    "/v1/trial-balance",
    "/v1/dead-letters",
    "/v1/me",
];

async fn command_of(caller: &Caller) -> Answer {
    let fields = transaction(&payout(9), "anna", "1.00");
    caller.command("record-transaction", "k", &fields).await
}

#[tokio::test]
async fn every_role_may_do_what_it_says_and_nothing_else() {
    let service = Service::start(launch()).await;
    for token in [AUDITOR, OPERATOR, ACME, ACME_AUDITOR] {
        let caller = Caller::with(&service, token);
        for path in READS {
            let answer = caller.get(path).await;
            // Nobody has these.
            match () {
                () if path.contains("01890a5d") => problem(&answer, 404, "PAYOUT_NOT_FOUND"),
                () if path.contains("nobody") => problem(&answer, 404, "SELLER_NOT_FOUND"),
                () => assert_eq!(answer.status, 200, "{token} {path}: {answer:?}"),
            }
        }
        let answer = command_of(&caller).await;
        if [AUDITOR, ACME_AUDITOR].contains(&token) {
            problem(&answer, 403, "FORBIDDEN");
        } else {
            assert_eq!(answer.status, 200, "{token}: {answer:?}");
        }
    }
    service.stop().await;
}

#[tokio::test]
async fn without_a_token_that_is_known_nothing_is_told_but_health_and_description() {
    let service = Service::start(launch()).await;
    for token in [
        None,
        Some("operator-of-defaul"),
        Some("operator-of-default:operator"),
    ] {
        let stranger = Caller::new(&service, token);
        for path in READS {
            let answer = stranger.get(path).await;
            problem(&answer, 401, "UNAUTHORIZED");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
        problem(&command_of(&stranger).await, 401, "UNAUTHORIZED");
        for path in ["/healthz", "/readyz", "/openapi.json"] {
            assert_eq!(stranger.get(path).await.status, 200, "{path}");
        }
    }
    let log = service.payoutd.stderr();
    assert!(log.contains("was not let in"), "{log}");
    assert!(
        !log.contains("operator-of"),
        "a token is never shown: {log}"
    );
    service.stop().await;
}

#[tokio::test]
async fn on_loopback_without_tokens_whoever_is_on_this_machine_may_do_everything() {
    let service = Service::start(bare_launch()).await;
    let local = Caller::new(&service, None);
    assert_eq!(command_of(&local).await.status, 200);
    assert_eq!(local.rows("/v1/transactions").await.len(), 1);
    // Not a page in a browser that has its own name lead here, and not who comes by a proxy.
    for (name, value) in [("host", "evil.example"), ("x-forwarded-for", "192.0.2.1")] {
        for (method, path) in [("GET", "/v1/transactions"), ("POST", "/v1/commands/x")] {
            let request = local.prepare(method, path).header(name, value);
            problem(&sent(request).await, 403, "FORBIDDEN");
        }
    }
    // Nor a form that a browser sends without asking.
    let fields = transaction("t9", "anna", "1.00").to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = local.prepare("POST", "/v1/commands/record-transaction");
        let request = request.header("content-type", kind).body(fields.clone());
        problem(&sent(request).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let asked_first = sent(local.prepare("OPTIONS", "/v1/commands/record-transaction")).await;
    problem(&asked_first, 405, "METHOD_NOT_ALLOWED");
    service.stop().await;
}

/// `payoutd serve` on an address that others can reach.
fn open_launch() -> Launch {
    Payoutd::with(["serve"]).env("PAYOUTD_HTTP_ADDR", "0.0.0.0:0")
}

#[tokio::test]
async fn off_loopback_nothing_starts_without_good_tokens() {
    let refused = open_launch().finish().await.expect_code(2);
    assert!(
        refused.stderr.contains("set PAYOUTD_API_TOKENS"),
        "{refused:?}"
    );
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    for (tokens, told) in [
        ("short-secret:operator", "fewer than 16 characters"),
        ("secret-of-many-characters", "the role is missing"),
        ("secret-of-many-characters:admin", "auditor or operator"),
        ("secret-of-many-characters:auditor:ACME", "a tenant is"),
        (" , ", "there is no token"),
    ] {
        let launch = open_launch().env("PAYOUTD_API_TOKENS", tokens);
        let refused = launch.finish().await.expect_code(2);
        assert!(refused.stderr.contains(told), "{tokens}: {refused:?}");
        assert!(
            !refused.stderr.contains("secret"),
            "a token is never shown: {refused:?}"
        );
    }
    let mut open = open_launch().env("PAYOUTD_API_TOKENS", tokens()).start();
    open.wait_for_line("HTTP is served").await;
}

#[tokio::test]
async fn tokens_come_from_a_file_as_well_but_not_from_both() {
    let launch = bare_launch();
    let file = launch.folder().join("tokens");
    std::fs::write(&file, format!("# of operations\n{}\n", tokens())).expect("a file");
    let service = Service::start(launch.env("PAYOUTD_API_TOKENS_FILE", &file)).await;
    assert_eq!(
        Caller::with(&service, AUDITOR)
            .get("/v1/payouts")
            .await
            .status,
        200
    );
    problem(
        &Caller::new(&service, None).get("/v1/payouts").await,
        401,
        "UNAUTHORIZED",
    );

    let both = launch_with_file(&file).env("PAYOUTD_API_TOKENS", tokens());
    let refused = both.finish().await.expect_code(2);
    assert!(refused.stderr.contains("both set"), "{refused:?}");
    let missing = launch_with_file(&file.with_extension("missing"))
        .finish()
        .await;
    let missing = missing.expect_code(2);
    assert!(
        missing.stderr.contains("cannot read the API's tokens"),
        "{missing:?}"
    );
    service.stop().await;
}

fn launch_with_file(file: &std::path::Path) -> Launch {
    bare_launch().env("PAYOUTD_API_TOKENS_FILE", file)
}
