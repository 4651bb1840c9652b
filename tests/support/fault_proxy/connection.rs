//! One client's connection through the proxy.

use super::{Mode, Moment, Shared};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

const CHUNK: usize = 16 * 1024;
/// A server that keeps a half-closed connection open for longer is not waited for.
const SERVER_FINISHES: Duration = Duration::from_secs(10);

/// Both sockets, and what the client sent when a trap went off.
pub(super) struct Connection {
    client: TcpStream,
    server: TcpStream,
    withheld: Vec<u8>,
}

impl Connection {
    pub(super) fn new(client: TcpStream, server: TcpStream) -> Self {
        // Small packets at once: the proxy should cost no time.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        Self {
            client,
            server,
            withheld: Vec::new(),
        }
    }

    /// Forwards both ways until the server closes (`None`) or a trap goes off.
    /// What springs the trap is withheld from the server.
    pub(super) async fn forward(&mut self, shared: &Shared) -> Option<Moment> {
        let (client_in, client_out) = self.client.split();
        let (server_in, server_out) = self.server.split();
        tokio::select! {
            moment = upstream(client_in, server_out, shared, &mut self.withheld) => moment,
            _ = downstream(server_in, client_out, shared) => None,
        }
    }

    /// Delivers what was withheld and waits until the server has dealt with it and closed.
    pub(super) async fn let_server_finish(&mut self) {
        let (server, withheld) = (&mut self.server, &self.withheld);
        let finish = async move {
            server.write_all(withheld).await?;
            server.shutdown().await?;
            tokio::io::copy(server, &mut tokio::io::sink()).await
        };
        // An error is as good an end as any: the client learns nothing either way.
        let _ = tokio::time::timeout(SERVER_FINISHES, finish).await;
    }

    /// Drops the connection the hard way, unlike an orderly end of stream.
    pub(super) fn reset(self) {
        let _ = (self.client.set_zero_linger(), self.server.set_zero_linger());
    }
}

async fn upstream(
    mut client: ReadHalf<'_>,
    mut server: WriteHalf<'_>,
    shared: &Shared,
    withheld: &mut Vec<u8>,
) -> Option<Moment> {
    let (mut chunk, mut sent) = (vec![0; CHUNK], Vec::new());
    while let Ok(read @ 1..) = client.read(&mut chunk).await {
        // A pattern may come in pieces: keep as much of the past as could begin it.
        let past = sent.len().min(shared.pattern_len().saturating_sub(1));
        sent.drain(..sent.len() - past);
        sent.extend_from_slice(&chunk[..read]);
        if let Some(moment) = shared.spring(&sent) {
            *withheld = sent.split_off(past);
            return Some(moment);
        }
        if pass(shared, &mut server, &chunk[..read]).await.is_err() {
            return None;
        }
    }
    // The client has no more to say, but may still listen: the server ends the connection.
    let _ = server.shutdown().await;
    std::future::pending().await
}

async fn downstream(
    mut server: ReadHalf<'_>,
    mut client: WriteHalf<'_>,
    shared: &Shared,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match server.read(&mut chunk).await? {
            0 => return Ok(()),
            read => pass(shared, &mut client, &chunk[..read]).await?,
        }
    }
}

/// Waits while the proxy is stalled, then writes.
async fn pass(shared: &Shared, to: &mut WriteHalf<'_>, bytes: &[u8]) -> io::Result<()> {
    let mut mode = shared.mode.subscribe();
    let stalled = mode.wait_for(|mode| *mode != Mode::Stall).await;
    // Read before the next await: a held value keeps the mode from changing.
    drop(stalled);
    to.write_all(bytes).await
}
