//! A transaction as a span, with the attributes of OpenTelemetry's conventions for databases
//! (<https://opentelemetry.io/docs/specs/semconv/database/>). No statement and no value is told.
//! Numbers are signed: whoever exports them writes others as text.

use tracing::{Span, debug_span, field::Empty};

use super::stats::{Beginning, End};
use crate::{database::Backend, error::StoreError};

/// The span of a transaction that is a part of something that is told. Alone, it tells nothing:
/// what reads the log on and on would fill traces.
pub(super) fn begin(of: &Beginning) -> Span {
    if Span::current().is_disabled() {
        return Span::none();
    }
    debug_span!(
        "transaction",
        otel.kind = "client",
        otel.name = format_args!("transaction {}", of.name),
        otel.status_code = Empty,
        db.system.name = system(of.backend),
        error.type = Empty,
        payoutd.transaction.name = of.name,
        payoutd.transaction.isolation = of.isolation.given.as_sql(),
        payoutd.transaction.attempt = i64::from(of.attempt),
        payoutd.transaction.outcome = Empty,
    )
}

/// As OpenTelemetry calls it.
const fn system(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "postgresql",
        Backend::MariaDb => "mariadb",
        Backend::Sqlite => "sqlite",
    }
}

/// What went wrong in it.
pub(super) fn saw(span: &Span, error: &StoreError) {
    span.record("error.type", error.code());
}

/// How it ended, and that it has: hooks that follow are no part of it.
pub(super) fn end(span: &mut Span, end: End) {
    let span = std::mem::replace(span, Span::none());
    let outcome = match end {
        End::Committed => "committed",
        End::RolledBack => "rolled_back",
        End::Failed => "failed",
    };
    span.record("payoutd.transaction.outcome", outcome);
    if end == End::Failed {
        span.record("otel.status_code", "error");
    }
}
