//! Servers, processes and faults for the test suite.
//!
//! Everything here starts something real, on a free loopback port, in a throw-away folder, and
//! ends it when dropped. The shared servers are started by `tests/run`, which tells their
//! addresses by environment variables; tests keep apart by taking a [`Postgres::fresh_database`]
//! or [`MariaDb::fresh_database`], and names of their own on NATS.
//!
//! A test never sleeps to get its timing right: it waits for what it needs with [`eventually`].

mod address;
mod browser;
mod clock;
mod environment;
mod eventually;
mod fault_proxy;
mod history;
mod mariadb;
mod nats;
mod payoutd;
mod postgres;
mod process;
mod promtool;
mod schemathesis;
mod webhooks;

pub use browser::{Browser, Key, Screen};
pub use clock::FakeClock;
pub use eventually::eventually;
pub use fault_proxy::FaultProxy;
pub use history::{Generator, HistoryClock, Report, Shape};
pub use mariadb::{MariaDb, MariaDbServer};
pub use nats::{Nats, NatsServer};
pub use payoutd::{Finished, Launch, Payoutd, payoutd_binary};
pub use postgres::{Postgres, PostgresServer};
pub use promtool::promtool;
pub use schemathesis::{Fuzzed, fuzz};
pub use webhooks::{Answer, WebhookSender, http_client, signature, unix_now};
