//! What a caller may use up before it has shown that it is Stripe, and after.

use std::time::Duration;

/// Stripe's largest events (accounts, invoices with many lines) have some tens of
/// kilobytes.
const BODY_BYTES: usize = 1024 * 1024;
/// Also how long a connection may be idle between two requests.
const HEAD: Duration = Duration::from_secs(15);
const BODY: Duration = Duration::from_secs(10);
/// Half of the open files that a process is usually allowed.
const CONNECTIONS: usize = 512;
/// Webhooks and queries must find seats beside those who watch.
const WATCHERS: usize = 128;
const QUEUE: Duration = Duration::from_secs(2);
/// Stripe gives up soon after; what it sends again is known as a duplicate.
const ANSWER: Duration = Duration::from_secs(10);
/// As long as NATS has for the same.
const DRAIN: Duration = Duration::from_secs(5);

/// Limits of the HTTP side.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many bytes a body may have.
    pub body_bytes: usize,
    /// How long a caller may take to send the head of a request, and to send the
    /// next one over the same connection.
    pub head: Duration,
    /// How long a caller may take to send the body.
    pub body: Duration,
    /// How many connections are open at a time. When all are, the one that has gone
    /// longest without showing a signature is closed for a new one.
    pub connections: usize,
    /// How many may watch what happens at a time, each for as long as it likes.
    pub watchers: usize,
    /// How long a webhook waits for room in the ledger's queue.
    pub queue: Duration,
    /// How long a caller waits for the ledger. The ledger goes on.
    pub answer: Duration,
    /// How long a shutdown waits for what was taken to be answered.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: BODY_BYTES,
            head: HEAD,
            body: BODY,
            connections: CONNECTIONS,
            watchers: WATCHERS,
            queue: QUEUE,
            answer: ANSWER,
            drain: DRAIN,
        }
    }
}
