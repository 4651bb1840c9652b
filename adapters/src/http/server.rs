//! Connections: taken, given a seat, served with time limits, and ended in good order.
//!
//! hyper is driven here rather than by `axum::serve`, which knows no time limits.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::Service, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::net::TcpStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

use super::{
    limits::Limits,
    listener::Listener,
    seats::{Seat, Seats},
};

/// The largest head of a request, and what is buffered of a body.
const BUFFER_BYTES: usize = 64 * 1024;
/// The pause after a connection could not be taken: mostly for want of open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a shutdown waits for what a caller who has shown no signature is still
/// sending.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) struct Server {
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) taking: TaskTracker,
    pub(super) shutdown: CancellationToken,
}

impl Server {
    /// Serves until the shutdown, and then until everybody is answered.
    pub(super) async fn run(self, listener: Listener) {
        let graceful = GracefulShutdown::new();
        let closing = CancellationToken::new();
        let seats = Seats::new(self.limits.connections, closing.clone());
        while let Some((stream, seat)) = self.next(&listener, &seats).await {
            tokio::spawn(serve(self.connection(seat), stream, graceful.watcher()));
        }
        // Whoever connects from now on is turned away by the operating system.
        drop(listener);
        let ending = async {
            let mut leaving = pin!(graceful.shutdown());
            if tokio::time::timeout(LAST_WORDS, &mut leaving)
                .await
                .is_err()
            {
                seats.dismiss_idle();
                leaving.await;
            }
            self.taking.close();
            self.taking.wait().await;
        };
        if tokio::time::timeout(self.limits.drain, ending)
            .await
            .is_err()
        {
            warn!("not everything could be answered over HTTP in time");
        }
        closing.cancel();
    }

    /// The next connection and its seat; none after the shutdown.
    async fn next(
        &self,
        listener: &Listener,
        seats: &Arc<Seats>,
    ) -> Option<(TcpStream, Arc<Seat>)> {
        let next = async {
            loop {
                match listener.tcp.accept().await {
                    Ok((stream, _)) => break (stream, seats.take().await),
                    Err(error) => {
                        debug!(%error, "a connection could not be taken");
                        metrics::counter!("payoutd_http_accept_failures_total").increment(1);
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => None,
            next = next => Some(next),
        }
    }

    fn connection(&self, seat: Arc<Seat>) -> Connection {
        Connection {
            seat,
            service: TowerToHyperService::new(self.router.clone()),
            head: self.limits.head,
        }
    }
}

struct Connection {
    seat: Arc<Seat>,
    service: TowerToHyperService<Router>,
    head: Duration,
}

async fn serve(connection: Connection, stream: TcpStream, watcher: Watcher) {
    let Connection {
        seat,
        service,
        head,
    } = connection;
    // Answers are small and go at once.
    let _ = stream.set_nodelay(true);
    let theirs = Arc::clone(&seat);
    let answering = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&theirs));
        service.call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), answering);
    tokio::select! {
        served = watcher.watch(served) => if let Err(error) = served {
            debug!(%error, "a connection ended early");
        },
        () = seat.asked_to_leave() => {}
    }
}
