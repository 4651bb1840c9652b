//! Commands over NATS: replies, refusals, discovery.

use async_nats::{HeaderMap, Message, service::Info};
use domain::Command;
use futures::StreamExt;
use serde_json::{Value as Json, json};

use super::service::{Service, header, json_of, key_header, transaction};

#[tokio::test]
async fn a_command_sent_again_under_its_key_gets_the_same_answer() {
    let service = Service::start().await;

    let first = service
        .command("record-transaction", "k1", transaction("t1", "12.50"))
        .await;
    let again = service
        .command("record-transaction", "k1", transaction("t1", "12.50"))
        .await;

    assert_eq!(first["status"], "accepted");
    assert_eq!(first["duplicate"], false);
    assert_eq!(first["events"][0]["type"], "transaction-recorded");
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["events"], first["events"]);
    service.stop().await;
}

#[tokio::test]
async fn a_payout_is_requested_and_its_reply_names_it() {
    let service = Service::start().await;
    service
        .command("record-transaction", "k1", transaction("t1", "12.50"))
        .await;

    let request = json!({ "seller_id": "s1", "currency": "usd" });
    let reply = service.command("request-payout", "k2", request).await;

    assert_eq!(reply["status"], "accepted", "{reply}");
    assert!(reply["payout_id"].is_string(), "{reply}");
    service.stop().await;
}

#[tokio::test]
async fn a_refusal_is_a_problem_with_error_headers() {
    let service = Service::start().await;

    let subject = "payouts.v1.default.command.request-payout";
    let body = json!({ "seller_id": "nobody", "currency": "usd" });
    let reply = service.request(subject, HeaderMap::new(), body).await;

    let problem = json_of(&reply);
    assert_eq!(problem["status"], 422);
    assert_eq!(problem["code"], "NO_ELIGIBLE_TRANSACTIONS");
    assert_eq!(header(&reply, "Nats-Service-Error-Code"), "422");
    let line = header(&reply, "Nats-Service-Error");
    assert_eq!(
        line,
        format!("{}: {}", text(&problem["title"]), text(&problem["detail"]))
    );
    service.stop().await;
}

#[tokio::test]
async fn what_cannot_be_a_command_is_refused_at_once() {
    let service = Service::start().await;
    let refused = async |subject: &str, headers: HeaderMap, body: Json| {
        let reply = service.request(subject, headers, body).await;
        text(&json_of(&reply)["code"]).to_owned()
    };
    let record = "payouts.v1.default.command.record-transaction";
    let valid = || transaction("t1", "12.50");

    let no_such_command = "payouts.v1.default.command.print-money";
    assert_eq!(
        refused(no_such_command, HeaderMap::new(), valid()).await,
        "UNKNOWN_COMMAND"
    );
    let bad_tenant = "payouts.v1.ACME.command.record-transaction";
    assert_eq!(
        refused(bad_tenant, HeaderMap::new(), valid()).await,
        "INVALID_COMMAND"
    );
    assert_eq!(
        refused(record, HeaderMap::new(), json!({ "x": 1 })).await,
        "INVALID_COMMAND"
    );
    assert_eq!(
        refused(record, key_header("two words"), valid()).await,
        "INVALID_COMMAND"
    );

    let accepted = service.command("record-transaction", "k1", valid()).await;
    assert_eq!(
        accepted["status"], "accepted",
        "nothing of the above was recorded"
    );
    service.stop().await;
}

#[tokio::test]
async fn a_key_may_also_be_the_message_id_and_no_header_name_minds_case() {
    let service = Service::start().await;
    let subject = "payouts.v1.default.command.record-transaction";

    for name in ["Nats-Msg-Id", "idempotency-key"] {
        let mut headers = HeaderMap::new();
        headers.insert(name, name);
        let body = transaction(name, "1.00");
        let first = json_of(
            &service
                .request(subject, headers.clone(), body.clone())
                .await,
        );
        let again = json_of(&service.request(subject, headers, body).await);
        assert_eq!(
            (&first["duplicate"], &again["duplicate"]),
            (&json!(false), &json!(true))
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn commands_sent_without_waiting_are_carried_out_in_the_order_sent() {
    let service = Service::start().await;
    let inbox = service.client.new_inbox();
    let replies = service.client.subscribe(format!("{inbox}.*")).await;

    for n in 0..500 {
        let subject = "payouts.v1.default.command.record-transaction";
        let body = transaction(&format!("t{n}"), "1.00").to_string();
        let reply_to = format!("{inbox}.{n}");
        let sent = service
            .client
            .publish_with_reply(subject, reply_to, body.into())
            .await;
        sent.expect("sent");
    }

    let mut replies: Vec<_> = replies.expect("a subscription").take(500).collect().await;
    let sent_as = |reply: &Message| {
        let (_, number) = reply.subject.rsplit_once('.').expect("a number");
        number.parse::<u32>().expect("a number")
    };
    replies.sort_by_key(sent_as);
    let version = |reply: &Message| json_of(reply)["events"][0]["version"].as_u64();
    let versions: Vec<_> = replies.iter().map(version).collect();
    assert!(
        versions.is_sorted() && versions[0] == Some(1),
        "{versions:?}"
    );
    service.stop().await;
}

#[tokio::test]
async fn each_tenant_has_its_own_books() {
    let service = Service::start().await;
    for tenant in ["acme", "globex"] {
        let subject = format!("payouts.v1.{tenant}.command.record-transaction");
        let reply = service
            .request(&subject, key_header("k1"), transaction("t1", "1.00"))
            .await;
        assert_eq!(json_of(&reply)["duplicate"], false, "{tenant}");
    }
    service.stop().await;
}

#[tokio::test]
async fn the_service_is_discovered_and_tells_how_it_fares() {
    let service = Service::start().await;
    service
        .command("record-transaction", "k1", transaction("t1", "1.00"))
        .await;
    service.command("print-money", "k2", json!({})).await;

    let ping = json_of(
        &service
            .request("$SRV.PING", HeaderMap::new(), json!(null))
            .await,
    );
    assert_eq!(ping["name"], "payoutd");

    let info = service
        .request("$SRV.INFO.payoutd", HeaderMap::new(), json!(null))
        .await;
    let info: Info = serde_json::from_slice(&info.payload).expect("INFO");
    let command = info
        .endpoints
        .iter()
        .find(|e| e.name == "command")
        .expect("the endpoint");
    assert_eq!(command.subject, "payouts.v1.*.command.*");
    assert_eq!(command.queue_group, "payoutd");
    assert_eq!(command.metadata["names"], Command::NAMES.join(", "));

    let stats = json_of(
        &service
            .request("$SRV.STATS.payoutd", HeaderMap::new(), json!(null))
            .await,
    );
    let endpoints = stats["endpoints"].as_array().expect("endpoints");
    let command = endpoints
        .iter()
        .find(|e| e["name"] == "command")
        .expect("the endpoint");
    assert_eq!(
        (&command["num_requests"], &command["num_errors"]),
        (&json!(2), &json!(1))
    );
    service.stop().await;
}

#[tokio::test]
async fn a_refusal_is_answered_once() {
    let service = Service::start().await;
    let inbox = service.client.new_inbox();
    let mut replies = service
        .client
        .subscribe(inbox.clone())
        .await
        .expect("a subscription");
    let subject = "payouts.v1.default.command.print-money";
    let sent = service
        .client
        .publish_with_reply(subject, inbox, "{}".into())
        .await;
    sent.expect("sent");
    let first = replies.next().await.expect("a reply");
    assert_eq!(json_of(&first)["code"], "UNKNOWN_COMMAND");

    // Whatever else the service had to say came before the answer to this.
    service
        .command("record-transaction", "k1", transaction("t1", "1.00"))
        .await;
    service.client.flush().await.expect("flushed");
    assert!(
        futures::FutureExt::now_or_never(replies.next()).is_none(),
        "a second reply"
    );
    service.stop().await;
}

fn text(json: &Json) -> &str {
    json.as_str().expect("text")
}
