//! The connection: credentials, and what is told about it while it lives.

use std::{path::Path, time::Duration};

use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use tracing::{debug, info, warn};

use super::{
    error::{Cause, NatsError},
    settings::Settings,
};

/// How often the server is asked whether it is alive: two missed answers, and
/// the client connects anew.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// Connects to NATS. Fails when no server can be reached now; once connected,
/// it connects again for as long as it takes.
///
/// # Errors
/// When the URL or the credentials cannot be used, or no server lets us in.
pub async fn connect(settings: &Settings) -> Result<Client, NatsError> {
    let servers = servers(&settings.url)?;
    let mut options = ConnectOptions::new()
        .name("payoutd")
        .ping_interval(PING_INTERVAL)
        .event_callback(|event| async move { tell(&event) });
    if let Some(path) = &settings.credentials {
        options = with_credentials(options, path).await?;
    } else if let Some(server) = servers.iter().find(|server| server.has_user_pass()) {
        let user = decoded(server.username().unwrap_or_default());
        options = match server.password() {
            Some(password) => options.user_and_password(user, decoded(password)),
            None => options.token(user),
        };
    }
    let client = options.connect(&servers[..]).await.map_err(|error| {
        let servers = servers.iter().map(|s| format!("{}:{}", s.host(), s.port()));
        NatsError::Unreachable {
            servers: servers.collect::<Vec<_>>().join(", "),
            source: Cause::of(error),
        }
    })?;
    let server = client.server_info();
    info!(
        server = server.server_name,
        version = server.version,
        "connected to NATS"
    );
    Ok(client)
}

fn servers(url: &str) -> Result<Vec<ServerAddr>, NatsError> {
    url.split(',')
        .map(|server| server.trim().parse().map_err(NatsError::Url))
        .collect()
}

async fn with_credentials(
    options: ConnectOptions,
    path: &Path,
) -> Result<ConnectOptions, NatsError> {
    let failed = |source| NatsError::Credentials {
        path: path.to_owned(),
        source,
    };
    let text = tokio::fs::read_to_string(path).await.map_err(failed)?;
    options.credentials(&text).map_err(failed)
}

/// Undoes the percent encoding of a URL's user information.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%').then(|| text_of(tail.get(..2)?)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn tell(event: &Event) {
    match event {
        Event::Connected => {
            metrics::gauge!("payoutd_nats_connected").set(1);
            info!("the connection to NATS is up");
        }
        Event::Disconnected => {
            metrics::gauge!("payoutd_nats_connected").set(0);
            warn!("the connection to NATS is lost; connecting again");
        }
        Event::SlowConsumer(_) => {
            metrics::counter!("payoutd_nats_slow_consumer_total").increment(1);
            warn!("NATS messages were dropped: they came in faster than they were handled");
        }
        Event::ServerError(error) => warn!(%error, "the NATS server reports an error"),
        Event::ClientError(error) => warn!(%error, "the NATS client reports an error"),
        Event::LameDuckMode | Event::Draining | Event::Closed => debug!(%event, "NATS"),
    }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn user_information_is_taken_out_of_its_percent_encoding() {
        let cases = [
            ("plain", "plain"),
            ("p%40ss%2fword", "p@ss/word"),
            ("50%", "50%"),
            ("%zz", "%zz"),
        ];
        for (encoded, plain) in cases {
            assert_eq!(decoded(encoded), plain);
        }
    }
}
