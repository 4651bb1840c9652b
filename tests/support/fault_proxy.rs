//! A TCP proxy that breaks connections where a test wants them broken.

mod connection;

use connection::Connection;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// A proxy before a server (`host:port`). It forwards everything until told otherwise.
///
/// Traps go off once and cut only the connection that sprang them; later ones pass, so that a
/// caller can ask what became of its work.
pub struct FaultProxy {
    addr: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    Stall,
    Cut,
}

/// A connection is cut when its client sends these bytes.
struct Trap {
    pattern: Vec<u8>,
    moment: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The server never gets them.
    BeforeDelivery,
    /// The server gets them and answers; the client never gets the answer.
    AfterReply,
}

struct Shared {
    target: String,
    mode: watch::Sender<Mode>,
    trap: Mutex<Option<Trap>>,
    sprung: AtomicUsize,
    connections: Mutex<JoinSet<()>>,
}

impl FaultProxy {
    /// Listens on a free port of 127.0.0.1 and forwards to `target`.
    pub async fn start(target: impl Into<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("a bound socket");
        let shared = Arc::new(Shared {
            target: target.into(),
            mode: watch::Sender::new(Mode::Pass),
            trap: Mutex::default(),
            sprung: AtomicUsize::new(0),
            connections: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Self {
            addr,
            shared,
            accepting,
        }
    }

    /// Where clients connect to, as `host:port`.
    pub fn addr(&self) -> String {
        self.addr.to_string()
    }

    /// Resets every connection, and each new one at once, until [`heal`](Self::heal).
    /// When this returns, the old ones are gone.
    pub async fn cut(&self) {
        self.shared.mode.send_replace(Mode::Cut);
        let connections = std::mem::take(&mut *lock(&self.shared.connections));
        connections.join_all().await;
    }

    /// Holds back every byte in both directions until [`heal`](Self::heal); nothing is lost.
    pub fn stall(&self) {
        self.shared.mode.send_replace(Mode::Stall);
    }

    /// Forwards again, and disarms a trap that did not go off.
    pub fn heal(&self) {
        lock(&self.shared.trap).take();
        self.shared.mode.send_replace(Mode::Pass);
    }

    /// The next connection whose client sends `pattern` is reset before the server gets it.
    pub fn cut_before(&self, pattern: impl Into<Vec<u8>>) {
        self.arm(pattern.into(), Moment::BeforeDelivery);
    }

    /// The next connection whose client sends `pattern` is reset after the server has acted on
    /// it, and the answer is lost. For SQL take `b"COMMIT;"`: a bare `COMMIT` is also in
    /// `READ COMMITTED`.
    pub fn cut_reply_after(&self, pattern: impl Into<Vec<u8>>) {
        self.arm(pattern.into(), Moment::AfterReply);
    }

    /// How many traps have gone off: a test asserts that its fault took place.
    pub fn sprung(&self) -> usize {
        self.shared.sprung.load(Ordering::SeqCst)
    }

    fn arm(&self, pattern: Vec<u8>, moment: Moment) {
        assert!(!pattern.is_empty(), "a trap needs a pattern");
        *lock(&self.shared.trap) = Some(Trap { pattern, moment });
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        lock(&self.shared.connections).abort_all();
    }
}

impl Shared {
    /// The bytes an armed trap waits for.
    fn pattern_len(&self) -> usize {
        lock(&self.trap)
            .as_ref()
            .map_or(0, |trap| trap.pattern.len())
    }

    /// Takes the trap if these bytes spring it.
    fn spring(&self, sent: &[u8]) -> Option<Moment> {
        let mut armed = lock(&self.trap);
        let trap =
            armed.take_if(|trap| sent.windows(trap.pattern.len()).any(|w| w == trap.pattern));
        trap.map(|trap| trap.moment)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let relaying = relay(client, Arc::clone(&shared));
        let mut connections = lock(&shared.connections);
        while connections.try_join_next().is_some() {}
        connections.spawn(relaying);
    }
}

async fn relay(client: TcpStream, shared: Arc<Shared>) {
    let mut cut = shared.mode.subscribe();
    let Ok(server) = TcpStream::connect(&shared.target).await else {
        return;
    };
    let mut connection = Connection::new(client, server);
    let moment = tokio::select! {
        biased;
        _ = cut.wait_for(|mode| *mode == Mode::Cut) => None,
        sprung = connection.forward(&shared) => match sprung {
            Some(moment) => Some(moment),
            None => return,
        },
    };
    if moment == Some(Moment::AfterReply) {
        connection.let_server_finish().await;
    }
    connection.reset();
    if moment.is_some() {
        // Counted last: who sees the count sees the effect.
        shared.sprung.fetch_add(1, Ordering::SeqCst);
    }
}

/// A panic elsewhere fails its own test; the state here is valid at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
