//! `payoutd` as its callers see it: arguments in; exit code, stdout and stderr out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on may end"
)]

mod books;
mod commands;
mod demo;
mod ingest;
mod jobs;
mod letters;
mod past;
mod queries;
mod rebuilds;
mod reconcile;
mod run;
mod seals;
mod service;
mod settings;
mod usage;
mod webhooks;
