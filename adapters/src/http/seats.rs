//! So many connections at a time. When all seats are taken, whoever has sat there
//! longest without showing a signature makes room: slow callers hold up nobody.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The seats of a server.
#[derive(Debug)]
pub(super) struct Seats {
    limit: usize,
    row: Mutex<Row>,
    freed: Notify,
    /// Tells all to leave.
    closing: CancellationToken,
}

#[derive(Debug, Default)]
struct Row {
    taken: usize,
    next: u64,
    /// Those who could be asked to leave, longest waiting first.
    idle: BTreeMap<u64, CancellationToken>,
}

/// A seat, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    ticket: AtomicU64,
    leave: CancellationToken,
}

/// While it lives, the seat cannot be taken away.
#[derive(Debug)]
pub(super) struct AtWork(Arc<Seat>);

impl Seats {
    pub(super) fn new(limit: usize, closing: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            limit,
            row: Mutex::default(),
            freed: Notify::new(),
            closing,
        })
    }

    /// Takes a seat; somebody idle leaves if all are taken, and if nobody is idle, it
    /// waits.
    pub(super) async fn take(self: &Arc<Self>) -> Arc<Seat> {
        loop {
            let freed = self.freed.notified();
            if let Some(seat) = self.try_take() {
                return seat;
            }
            freed.await;
        }
    }

    fn try_take(self: &Arc<Self>) -> Option<Arc<Seat>> {
        let mut row = self.row();
        if row.taken >= self.limit {
            // It gives up its seat as soon as it runs; the new one need not wait for that.
            let (_, leave) = row.idle.pop_first()?;
            leave.cancel();
            metrics::counter!("payoutd_http_evictions_total").increment(1);
        }
        row.taken += 1;
        let leave = self.closing.child_token();
        let ticket = row.sit(leave.clone());
        Some(Arc::new(Seat {
            seats: Arc::clone(self),
            ticket: AtomicU64::new(ticket),
            leave,
        }))
    }

    /// Asks all who are not at work to leave.
    pub(super) fn dismiss_idle(&self) {
        for leave in self.row().idle.values() {
            leave.cancel();
        }
    }

    fn row(&self) -> MutexGuard<'_, Row> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    fn sit(&mut self, leave: CancellationToken) -> u64 {
        self.next += 1;
        self.idle.insert(self.next, leave);
        self.next
    }
}

impl Seat {
    /// Waits until it is asked to leave.
    pub(super) async fn asked_to_leave(&self) {
        self.leave.cancelled().await;
    }

    /// The caller has shown who it is.
    pub(super) fn at_work(self: &Arc<Self>) -> AtWork {
        self.seats.row().idle.remove(&self.ticket());
        AtWork(Arc::clone(self))
    }

    /// Changes while its row is locked only.
    fn ticket(&self) -> u64 {
        self.ticket.load(Ordering::Relaxed)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let Self(seat) = self;
        let mut row = seat.seats.row();
        let ticket = row.sit(seat.leave.clone());
        seat.ticket.store(ticket, Ordering::Relaxed);
        drop(row);
        // Whoever waits for a seat can ask this one to leave now.
        seat.seats.freed.notify_one();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut row = self.seats.row();
        row.idle.remove(&self.ticket());
        row.taken -= 1;
        drop(row);
        self.seats.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;

    use super::*;

    fn left(seat: &Seat) -> bool {
        seat.asked_to_leave().now_or_never().is_some()
    }

    #[tokio::test]
    async fn who_sat_longest_without_work_makes_room() {
        let seats = Seats::new(2, CancellationToken::new());
        let (first, second) = (seats.take().await, seats.take().await);
        let work = first.at_work();
        let third = seats.take().await;
        assert!(!left(&first) && left(&second) && !left(&third));
        drop((second, work));
        let _fourth = seats.take().await;
        assert!(!left(&first) && left(&third));
        let _fifth = seats.take().await;
        assert!(left(&first));
    }

    #[tokio::test]
    async fn at_the_end_only_those_at_work_may_stay() {
        let seats = Seats::new(2, CancellationToken::new());
        let (first, second) = (seats.take().await, seats.take().await);
        let _work = first.at_work();
        seats.dismiss_idle();
        assert!(!left(&first) && left(&second));
    }

    #[tokio::test]
    async fn when_all_are_at_work_the_next_waits_for_one_to_end() {
        let seats = Seats::new(1, CancellationToken::new());
        let first = seats.take().await;
        let work = first.at_work();
        let mut next = Box::pin(seats.take());
        assert!(futures::poll!(&mut next).is_pending());
        drop(work);
        let next = tokio::time::timeout(Duration::from_secs(10), next).await;
        assert!(next.is_ok() && left(&first));
    }
}
