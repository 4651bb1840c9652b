//! Over HTTP: what answers without saying whose books it is about must not show any.

use super::stage::{Stage, holds_no_mark};

/// Every route that answers a GET without credentials.
const ROUTES: &[&str] = &["/healthz", "/readyz", "/", "/metrics", "/openapi.json"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_for_everybody_show_no_tenant() {
    let mut stage = Stage::start().await;
    let addr = stage.service.http_addr().await;
    let client = support::http_client();
    for route in ROUTES {
        let asked = client.get(format!("http://{addr}{route}")).send().await;
        let answer = asked.expect("an answer").text().await.expect("text");
        holds_no_mark(route, &answer);
    }
    stage.stop().await;
}
