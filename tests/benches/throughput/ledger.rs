//! The ledger's side: callers that each wait for their answer.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use domain::{id::Tenant, stripe::Mode};
use futures::future::join_all;
use store::{Delivery, Ingested, Ledger, Pending};

use crate::{
    SELLERS,
    measure::{Measured, histogram},
    seed::{accepted, open, payout_id, request_payout},
};

/// Events of a file that are in flight at once, as `payoutd ingest` has them.
const EVENTS_IN_FLIGHT: usize = 4096;

pub struct Bench {
    ledger: Ledger,
    next: AtomicUsize,
    duration: Duration,
}

impl Bench {
    pub async fn open(url: &str, submitted: usize, seconds: u64) -> Self {
        Self {
            ledger: open(url).await,
            next: AtomicUsize::new(submitted),
            duration: Duration::from_secs(seconds),
        }
    }

    /// One payout of each seller, unmeasured: a service that runs has its sellers'
    /// balances in memory, as the server has its pages.
    pub async fn warm_up(&mut self) {
        let first = self.next.fetch_add(SELLERS, Ordering::Relaxed);
        let request = |k| {
            accepted(
                &self.ledger,
                request_payout(k, None),
                format!("request-{k}"),
            )
        };
        join_all((first..first + SELLERS).map(request)).await;
    }

    /// So many callers, each with one command at a time.
    pub async fn request_payout(&mut self, in_flight: usize, measured: &mut Measured) {
        let started = Instant::now();
        let caller = async || {
            let mut latencies = histogram();
            while started.elapsed() < self.duration {
                let k = self.next.fetch_add(1, Ordering::Relaxed);
                let asked = Instant::now();
                accepted(
                    &self.ledger,
                    request_payout(k, None),
                    format!("request-{k}"),
                )
                .await;
                latencies.saturating_record(micros(asked.elapsed()));
            }
            latencies
        };
        let all = join_all((0..in_flight).map(|_| caller())).await;
        let elapsed = started.elapsed();
        let mut latencies = histogram();
        for one in all {
            latencies.add(one).expect("the same bounds");
        }
        measured.add(&latencies, elapsed);
    }

    /// The last event of some payouts, from memory as from a file.
    pub async fn payout_events(&mut self, payouts: Range<usize>, measured: &mut Measured) {
        let lines: Vec<Vec<u8>> = payouts.map(payout_paid).collect();
        let started = Instant::now();
        let mut latencies = histogram();
        let mut waiting = VecDeque::with_capacity(EVENTS_IN_FLIGHT);
        let mut count = async |(asked, pending): (Instant, Pending<Ingested>)| {
            assert_eq!(pending.await, Ok(Ingested::Applied));
            latencies.saturating_record(micros(asked.elapsed()));
        };
        for body in lines {
            if waiting.len() == EVENTS_IN_FLIGHT
                && let Some(first) = waiting.pop_front()
            {
                count(first).await;
            }
            let delivery = Delivery {
                tenant: Tenant::default_tenant(),
                body,
                mode: Mode::Test,
            };
            let asked = Instant::now();
            waiting.push_back((asked, self.ledger.submit(delivery).await));
        }
        while let Some(first) = waiting.pop_front() {
            count(first).await;
        }
        measured.add(&latencies, started.elapsed());
    }

    pub async fn close(self) {
        self.ledger.close().await;
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn payout_paid(k: usize) -> Vec<u8> {
    payload(&format!("evt_{k}"), &format!("po_{k}"), &payout_id(k)).into_bytes()
}

/// An event as Stripe sends it today.
pub fn payload(event: &str, stripe: &str, payout: &str) -> String {
    serde_json::json!({
        "id": event, "object": "event", "api_version": "2026-08-26.dahlia", "account": "acct_1",
        "created": 1_764_028_800, "livemode": false, "pending_webhooks": 1,
        "request": {"id": null, "idempotency_key": null}, "type": "payout.paid",
        "data": {"object": {
            "id": stripe, "object": "payout", "amount": 3000, "application_fee": null,
            "application_fee_amount": null, "arrival_date": 1_764_028_800, "automatic": false,
            "balance_transaction": "txn_1", "created": 1_763_942_400, "currency": "usd",
            "description": null, "destination": "ba_1", "failure_balance_transaction": null,
            "failure_code": null, "failure_message": null, "livemode": false,
            "metadata": {"payout_id": payout}, "method": "standard", "original_payout": null,
            "reconciliation_status": "not_applicable", "reversed_by": null, "source_type": "card",
            "statement_descriptor": null, "status": "paid", "type": "bank_account",
            "trace_id": {"status": "pending", "value": null},
        }},
    })
    .to_string()
}
