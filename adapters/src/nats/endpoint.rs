//! Endpoints of the micro service: taking requests until the end, and answering
//! them in the shape all callers share.

use async_nats::{
    Client, HeaderMap, Message, Subject,
    service::{
        NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE, Request, endpoint::Endpoint, error::Error,
    },
};
use domain::{Code, Refusal};
use futures::StreamExt;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::telemetry::Headers;

/// The longest text of an error header; the body has all of it.
const MAX_HEADER_CHARS: usize = 512;

/// The requests of one endpoint.
pub(super) struct Requests {
    endpoint: Endpoint,
    shutdown: CancellationToken,
    stopped: bool,
}

impl Requests {
    pub(super) fn new(endpoint: Endpoint, shutdown: CancellationToken) -> Self {
        Self {
            endpoint,
            shutdown,
            stopped: false,
        }
    }

    /// The next request. After the shutdown: those that had come in before, then none.
    pub(super) async fn next(&mut self) -> Option<Request> {
        if !self.stopped {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => {}
                request = self.endpoint.next() => return request,
            }
            self.stopped = true;
            // Fails only when the client is gone, and the subscription with it.
            let _ = self.endpoint.stop().await;
        }
        self.endpoint.next().await
    }
}

/// The value of a header, whatever the case of its name.
pub(super) fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    message.headers.as_ref()?.text(name)
}

/// Answers a request, with the error headers of the micro service protocol if it
/// is refused.
pub(super) async fn answer(client: &Client, request: Request, answer: Result<Json, Refusal>) {
    let sent = match answer.map(|json| json.to_string()) {
        Ok(body) if body.len() > client.server_info().max_payload => {
            let detail = "the answer is larger than the NATS server allows; ask for fewer rows";
            refuse(client, request, &Refusal::new(Code::InvalidCommand, detail)).await
        }
        Ok(body) if request.message.reply.is_some() => request.respond(Ok(body.into())).await,
        Ok(_) => Ok(()),
        Err(refusal) => refuse(client, request, &refusal).await,
    };
    if let Err(error) = sent {
        debug!(%error, "an answer could not be sent");
    }
}

async fn refuse(
    client: &Client,
    mut request: Request,
    refusal: &Refusal,
) -> Result<(), async_nats::PublishError> {
    let Some(reply) = request.message.reply.take() else {
        return Ok(());
    };
    let error = Error {
        status: one_line(refusal),
        code: usize::from(refusal.code.http_status()),
    };
    let mut headers = HeaderMap::new();
    headers.insert(NATS_SERVICE_ERROR, error.status.as_str());
    headers.insert(NATS_SERVICE_ERROR_CODE, error.code.to_string());
    let body = store::reply::problem(refusal).to_string();
    client
        .publish_with_headers(reply, headers, body.into())
        .await?;
    // Counts the refusal in the endpoint's statistics. The library's own answer
    // to an error has no body: it is addressed to nobody, and so never sent.
    request.message.reply = Some(Subject::from_static(""));
    let _ = request.respond(Err(error)).await;
    Ok(())
}

/// Headers are single lines.
fn one_line(refusal: &Refusal) -> String {
    format!("{}: {}", refusal.code.title(), refusal.detail)
        .chars()
        .take(MAX_HEADER_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_header_is_one_line_whatever_the_caller_sent() {
        let refusal = Refusal::new(Code::InvalidCommand, "unknown field `a\r\nb`");
        assert_eq!(
            one_line(&refusal),
            "The command cannot be read: unknown field `a  b`"
        );
    }
}
