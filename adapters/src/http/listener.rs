//! The place where HTTP listens.

use std::{io, net::SocketAddr};

use tokio::net::{TcpListener, lookup_host};

use super::access::AccessError;

/// Why HTTP cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It names no place.
    #[error("the HTTP address {addr:?} is not of the form 127.0.0.1:8080")]
    Address {
        /// As it was set.
        addr: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not clear who may ask the API, or everybody could.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The place is taken, or not ours.
    #[error("cannot listen for HTTP on {addr}")]
    Bind {
        /// As it was set.
        addr: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A place where callers can connect; they wait until somebody serves them.
#[derive(Debug)]
pub struct Listener {
    pub(super) tcp: TcpListener,
    addr: SocketAddr,
}

impl Listener {
    /// Listens on `host:port`. Port 0 takes one that is free.
    ///
    /// # Errors
    /// When it is not an address, or cannot be listened on.
    pub async fn bind(addr: &str) -> Result<Self, HttpError> {
        let places: Vec<_> = match lookup_host(addr.trim()).await {
            Ok(places) => places.collect(),
            Err(source) => {
                let addr = addr.to_owned();
                return Err(HttpError::Address { addr, source });
            }
        };
        let failed = |source| HttpError::Bind {
            addr: addr.to_owned(),
            source,
        };
        let tcp = TcpListener::bind(&places[..]).await.map_err(failed)?;
        let addr = tcp.local_addr().map_err(failed)?;
        Ok(Self { tcp, addr })
    }

    /// Where it listens, with the port it took.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }
}
