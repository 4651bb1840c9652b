//! Many inputs in flight at the ledger, in the order in which they were made.

use std::{collections::VecDeque, pin::Pin, sync::Arc};

use domain::{
    Command,
    id::{IdempotencyKey, Tenant},
    stripe::Mode,
};
use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;
use store::{Delivery, Ingested, Ledger, Reply, Request};

use super::{HistoryClock, Report, market::Payout};

/// What is known once an input is answered.
enum Answer {
    Reply(Reply),
    Ingested(Ingested),
}

/// Sends inputs, and counts their answers.
pub(super) struct Desk<'l> {
    ledger: &'l Ledger,
    pub(super) clock: Arc<HistoryClock>,
    in_flight: usize,
    waiting: VecDeque<(Option<Payout>, BoxFuture<'l, Answer>)>,
    /// Payouts whose requests were accepted since they were last taken.
    pub(super) requested: Vec<Payout>,
    /// The ledger's count of events when this began.
    before: u64,
    keys: &'l str,
    pub(super) report: Report,
}

impl<'l> Desk<'l> {
    pub(super) fn new(
        ledger: &'l Ledger,
        clock: Arc<HistoryClock>,
        in_flight: usize,
        keys: &'l str,
    ) -> Self {
        Self {
            ledger,
            clock,
            in_flight,
            waiting: VecDeque::with_capacity(in_flight),
            requested: Vec::new(),
            before: *ledger.committed().borrow(),
            keys,
            report: Report::default(),
        }
    }

    /// Events that were committed since it began.
    pub(super) fn events(&self) -> u64 {
        *self.ledger.committed().borrow() - self.before
    }

    /// Sends a command; some are sent twice, as callers do who heard no answer.
    pub(super) async fn command(&mut self, tenant: &Tenant, name: &str, json: Value, twice: bool) {
        let request = self.request(tenant, name, &json);
        if twice {
            self.send(None, request.clone()).await;
        }
        self.send(None, request).await;
    }

    /// Requests a payout that is gone on with if it is accepted.
    pub(super) async fn payout(&mut self, tenant: &Tenant, json: Value, payout: Payout) {
        let request = self.request(tenant, "request-payout", &json);
        self.send(Some(payout), request).await;
    }

    /// Hands in an event of Stripe's; some come twice.
    pub(super) async fn webhook(&mut self, tenant: &Tenant, body: Vec<u8>, twice: bool) {
        for _ in 0..=u8::from(twice) {
            let delivery = Delivery {
                tenant: tenant.clone(),
                body: body.clone(),
                mode: Mode::Test,
            };
            self.make_room().await;
            let pending = self.ledger.submit(delivery).await;
            let answer = pending.map(|taken| match taken {
                Ok(ingested) => Answer::Ingested(ingested),
                Err(refusal) => panic!("a webhook was not taken: {refusal}"),
            });
            self.waiting.push_back((None, answer.boxed()));
        }
    }

    fn request(&mut self, tenant: &Tenant, name: &str, json: &Value) -> Request {
        let command = Command::parse(name, json.to_string().as_bytes())
            .unwrap_or_else(|refusal| panic!("{name} {json}: {refusal}"));
        self.report.commands += 1;
        let key = format!("{}-{}", self.keys, self.report.commands);
        Request {
            tenant: tenant.clone(),
            command,
            key: Some(IdempotencyKey::new(key).expect("a key")),
        }
    }

    async fn send(&mut self, payout: Option<Payout>, request: Request) {
        self.make_room().await;
        let ledger = self.ledger;
        let mut answer: BoxFuture<'l, Answer> =
            async move { Answer::Reply(ledger.execute(request).await) }.boxed();
        // Asked once, it is in the queue: commands come there in this order.
        match futures::poll!(Pin::new(&mut answer)) {
            std::task::Poll::Ready(answered) => self.count(payout, answered),
            std::task::Poll::Pending => self.waiting.push_back((payout, answer)),
        }
    }

    async fn make_room(&mut self) {
        while self.waiting.len() >= self.in_flight {
            self.take_answer().await;
        }
    }

    /// Waits for all answers.
    pub(super) async fn drain(&mut self) {
        while !self.waiting.is_empty() {
            self.take_answer().await;
        }
    }

    async fn take_answer(&mut self) {
        if let Some((payout, answer)) = self.waiting.pop_front() {
            let answer = answer.await;
            self.count(payout, answer);
        }
    }

    fn count(&mut self, payout: Option<Payout>, answer: Answer) {
        let report = &mut self.report;
        match answer {
            Answer::Reply(Reply::Accepted(acceptance)) => {
                report.accepted += 1;
                report.duplicates += u64::from(acceptance.duplicate);
                report.payouts += u64::from(payout.is_some());
                self.requested.extend(payout);
            }
            Answer::Reply(Reply::Refused(refusal)) => {
                let code = refusal.code;
                assert!(code.http_status() < 500, "the ledger gave up: {refusal}");
                *report.refused.entry(code.as_str()).or_default() += 1;
            }
            Answer::Ingested(ingested) => {
                *report.webhooks.entry(ingested.as_str()).or_default() += 1;
            }
        }
    }
}
