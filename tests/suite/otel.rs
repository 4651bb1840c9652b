//! OpenTelemetry: what a collector is sent, and that the ledger does not need one. Most of it is
//! compiled with the feature `otel` alone: `./tests/run --features otel otel::`.

#[cfg(not(feature = "otel"))]
mod bare;
#[cfg(feature = "otel")]
mod collector;
#[cfg(feature = "otel")]
mod losses;
#[cfg(feature = "otel")]
mod metrics;
#[cfg(feature = "otel")]
mod secrets;
#[cfg(feature = "otel")]
mod stage;
#[cfg(feature = "otel")]
mod traces;
