//! Commands: each request is one command, its reply says what it did.
//!
//! One subscription takes the commands of all names and tenants, and each is put
//! into the ledger's queue in the order of arrival: what a caller sends one after
//! the other, without waiting, is carried out one after the other (by one
//! instance of the service; several share the requests among them). Answers are
//! awaited apart, so hundreds of commands are in flight; when the ledger's queue
//! is full it refuses with `UNAVAILABLE` at once.
//!
//! A request that is still on the wire when the service ends is not taken: its
//! sender gets no answer, and sends it again under the same key.

use std::{task::Poll, time::Instant};

use async_nats::{Client, Message, service::endpoint::Endpoint};
use domain::{Code, Command, Refusal, id::IdempotencyKey};
use store::{Ledger, Reply, Request};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, debug};

use super::{
    endpoint::{self, Requests},
    subject,
};
use crate::telemetry::spans;

/// Names an intent; the first one stands.
const KEY_HEADERS: [&str; 2] = ["Idempotency-Key", "Nats-Msg-Id"];

/// Serves commands until the shutdown, then answers those that were taken.
pub(super) async fn serve(
    client: Client,
    endpoint: Endpoint,
    ledger: Ledger,
    shutdown: CancellationToken,
) {
    let mut requests = Requests::new(endpoint, shutdown);
    let answers = TaskTracker::new();
    while let Some(request) = requests.next().await {
        let client = client.clone();
        let command = match read(&request.message) {
            Ok(command) => command,
            Err(refusal) => {
                count("unreadable", refusal.code.as_str());
                answers.spawn(async move {
                    endpoint::answer(&client, request, Err(refusal)).await;
                });
                continue;
            }
        };
        let of = (subject::COMMANDS, command.command.name());
        let span = spans::command(of, &command.tenant, &request.message.headers);
        let mut outcome = Box::pin(execute(ledger.clone(), command).instrument(span));
        // The first poll puts the command into the queue, in the order of arrival.
        let at_once = futures::poll!(&mut outcome);
        let answering = async move {
            let reply = match at_once {
                Poll::Ready(reply) => reply,
                Poll::Pending => outcome.await,
            };
            let answer = match reply {
                Reply::Refused(refusal) => Err(refusal),
                accepted @ Reply::Accepted(_) => Ok(accepted.to_json()),
            };
            endpoint::answer(&client, request, answer).await;
        };
        answers.spawn(answering);
    }
    answers.close();
    answers.wait().await;
}

fn read(message: &Message) -> Result<Request, Refusal> {
    let (tenant, name) = subject::address(&message.subject)?;
    let command = Command::parse(name, &message.payload)?;
    let key = KEY_HEADERS
        .iter()
        .find_map(|name| endpoint::header(message, name))
        .map(IdempotencyKey::new)
        .transpose()
        .map_err(|error| Refusal::new(Code::InvalidCommand, error.to_string()))?;
    Ok(Request {
        tenant,
        command,
        key,
    })
}

async fn execute(ledger: Ledger, request: Request) -> Reply {
    let name = request.command.name();
    let key = request.key.clone();
    let started = Instant::now();
    let reply = ledger.execute(request).await;
    metrics::histogram!("payoutd_nats_command_duration_seconds", "command" => name)
        .record(started.elapsed());
    let outcome = reply.outcome();
    count(name, outcome);
    spans::ended(outcome);
    // The key is the caller's, and may name somebody: it is logged, and is in no span.
    debug!(
        outcome,
        key = key.as_ref().map(IdempotencyKey::as_str),
        "answered a command"
    );
    reply
}

fn count(command: &'static str, outcome: &'static str) {
    metrics::counter!("payoutd_nats_commands_total", "command" => command, "outcome" => outcome)
        .increment(1);
}
