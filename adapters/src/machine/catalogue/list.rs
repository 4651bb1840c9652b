//! The metrics, one after the other, in the order of the documentation.

use super::{BRIEF, LONG, MANY, Section, counter, gauge, histogram};

/// All of them.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "The service",
        metrics: &[
            gauge(
                "payoutd_build_info",
                &["version", "database"],
                "1, and which program on which kind of database this is",
            ),
            gauge(
                "payoutd_readings_timestamp_seconds",
                &[],
                "When readings were last taken, in Unix time",
            ),
            gauge(
                "payoutd_books_timestamp_seconds",
                &[],
                "When the database was last asked how the books stand, in Unix time",
            ),
        ],
    },
    Section {
        title: "Transactions",
        metrics: &[
            counter(
                "payoutd_transactions_started_total",
                &["name"],
                "Transactions begun",
            ),
            counter(
                "payoutd_transactions_committed_total",
                &["name"],
                "Transactions committed",
            ),
            counter(
                "payoutd_transactions_rolled_back_total",
                &["name"],
                "Transactions rolled back on purpose, with nothing wrong",
            ),
            counter(
                "payoutd_transactions_failed_total",
                &["name"],
                "Transactions ended by an error",
            ),
            histogram(
                "payoutd_transaction_duration_seconds",
                (&["name"], BRIEF),
                "From BEGIN to the answer to COMMIT or ROLLBACK",
            ),
            counter(
                "payoutd_transaction_retries_total",
                &["name", "code", "attempt"],
                "Tries after a failure, by its SQLSTATE and the number of the try",
            ),
            counter(
                "payoutd_transaction_deadlocks_total",
                &["name"],
                "Transactions that were a deadlock's victim",
            ),
            counter(
                "payoutd_transaction_serialization_failures_total",
                &["name"],
                "Transactions that conflicted with what others wrote",
            ),
            counter(
                "payoutd_transaction_timeouts_total",
                &["name"],
                "Transactions that took too long",
            ),
            counter(
                "payoutd_transaction_pool_exhausted_total",
                &["name"],
                "Transactions that got no connection in time",
            ),
            counter(
                "payoutd_transaction_hook_failures_total",
                &["name"],
                "Work after a transaction that failed",
            ),
            gauge(
                "payoutd_transactions_active",
                &["name"],
                "Transactions that run now",
            ),
            gauge(
                "payoutd_transaction_success_ratio",
                &[],
                "Of the transactions since the readings before, the part without an error",
            ),
            counter(
                "payoutd_batch_failures_total",
                &["code", "class"],
                "Batches of the writer's that failed; they are tried again, then halved",
            ),
            histogram(
                "payoutd_batch_size",
                (&[], MANY),
                "Inputs in a transaction of the writer's",
            ),
            gauge(
                "payoutd_queue_length",
                &[],
                "Inputs that wait for the writer",
            ),
            gauge(
                "payoutd_queue_capacity",
                &[],
                "Inputs that may wait for the writer",
            ),
            counter(
                "payoutd_queue_full_total",
                &[],
                "Commands turned away because the queue was full",
            ),
            gauge(
                "payoutd_pool_connections",
                &["pool", "state"],
                "Open connections to the database; state is in_use or idle",
            ),
            gauge(
                "payoutd_pool_connections_max",
                &["pool"],
                "Connections there may be",
            ),
            counter(
                "payoutd_pool_waits_total",
                &["pool"],
                "Times that all connections were in use when one was wanted",
            ),
            histogram(
                "payoutd_pool_wait_seconds",
                (&["pool"], BRIEF),
                "How long it took to get a connection",
            ),
        ],
    },
    Section {
        title: "The books",
        metrics: &[
            counter(
                "payoutd_commands_total",
                &["command", "outcome"],
                "Commands answered; outcome is accepted, duplicate or a code",
            ),
            counter(
                "payoutd_stripe_events_total",
                &["type", "outcome"],
                "Stripe's events answered; type is other where the ledger does not read it",
            ),
            counter("payoutd_events_total", &[], "Events added to the log"),
            gauge("payoutd_log_position", &[], "The last position of the log"),
            gauge(
                "payoutd_projection_lag_events",
                &["projection"],
                "Events that a followed table has not come to",
            ),
            gauge(
                "payoutd_projection_lag_seconds",
                &["projection"],
                "For how long the oldest of them has waited",
            ),
            gauge("payoutd_seal_lag_events", &[], "Events that are not sealed"),
            gauge(
                "payoutd_seal_lag_seconds",
                &[],
                "For how long the oldest of them has waited",
            ),
            gauge(
                "payoutd_rebuild_left_events",
                &[],
                "Events that a rebuild of read tables has still to replay",
            ),
        ],
    },
    Section {
        title: "What waits for somebody",
        metrics: &[
            gauge(
                "payoutd_alerts_firing",
                &["level"],
                "Alerts of this service's tenant that fire; level is INFO to CRITICAL",
            ),
            gauge(
                "payoutd_payouts_in_doubt",
                &[],
                "Payouts of which nobody knows whether Stripe made them",
            ),
            gauge(
                "payoutd_payouts_in_doubt_oldest_seconds",
                &[],
                "How long ago the oldest of them was last told of",
            ),
            gauge(
                "payoutd_payouts_in_doubt_minor_units",
                &["currency"],
                "How much they are in all, in the currency's minor units",
            ),
            gauge(
                "payoutd_payouts_overdue",
                &[],
                "Payouts more than a day beyond their day of arrival, without word",
            ),
            gauge(
                "payoutd_payouts_overdue_oldest_seconds",
                &[],
                "How long ago the oldest of them should have arrived",
            ),
            gauge(
                "payoutd_payouts_to_submit",
                &[],
                "Payouts of this service's tenant that are not at Stripe for certain",
            ),
            gauge(
                "payoutd_dead_letters",
                &[],
                "Stripe's events that a person has to look at",
            ),
            gauge(
                "payoutd_dead_letters_oldest_seconds",
                &[],
                "How long ago the oldest of them came",
            ),
            gauge(
                "payoutd_parked_events",
                &[],
                "Stripe's events that wait for something to come",
            ),
            gauge(
                "payoutd_parked_events_oldest_seconds",
                &[],
                "How long ago the oldest of them came",
            ),
        ],
    },
    Section {
        title: "Stripe's API and background jobs",
        metrics: &[
            counter(
                "payoutd_stripe_calls_total",
                &["method", "outcome"],
                "Calls to Stripe, each try; outcome is done, refused, again, unheard or unclear",
            ),
            histogram(
                "payoutd_stripe_call_duration_seconds",
                (&[], BRIEF),
                "From the call to its answer",
            ),
            counter(
                "payoutd_stripe_circuit_opened_total",
                &[],
                "Times that calls were given up for a while",
            ),
            counter(
                "payoutd_job_runs_total",
                &["job_name", "outcome"],
                "Runs of background jobs; outcome is done, failed or stopped",
            ),
            counter(
                "payoutd_job_units_total",
                &["job_name", "outcome"],
                "Their units; outcome is done, skipped or failed",
            ),
            histogram(
                "payoutd_job_duration_seconds",
                (&["job_name"], LONG),
                "How long a run took",
            ),
        ],
    },
    Section {
        title: "NATS",
        metrics: &[
            gauge(
                "payoutd_nats_connected",
                &[],
                "1 while connected, 0 while not",
            ),
            counter(
                "payoutd_nats_commands_total",
                &["command", "outcome"],
                "Commands over NATS",
            ),
            histogram(
                "payoutd_nats_command_duration_seconds",
                (&["command"], BRIEF),
                "From the queue to the answer",
            ),
            counter(
                "payoutd_nats_queries_total",
                &["query"],
                "Queries over NATS that were answered",
            ),
            counter(
                "payoutd_nats_ingested_total",
                &["outcome"],
                "Stripe's events over NATS",
            ),
            counter(
                "payoutd_nats_pull_failures_total",
                &[],
                "Times that pulling Stripe's events failed",
            ),
            counter(
                "payoutd_nats_slow_consumer_total",
                &[],
                "Times that messages were dropped because they came too fast",
            ),
            gauge(
                "payoutd_ingest_lag_events",
                &[],
                "Stripe's events that JetStream has and the ledger has not",
            ),
            gauge(
                "payoutd_ingest_lag_seconds",
                &[],
                "How long ago the oldest of them came",
            ),
            counter("payoutd_outbox_events_total", &[], "Events published"),
            counter(
                "payoutd_outbox_failures_total",
                &[],
                "Times that publishing failed",
            ),
            gauge(
                "payoutd_outbox_lag_events",
                &[],
                "Events that are not published",
            ),
            gauge(
                "payoutd_outbox_lag_seconds",
                &[],
                "For how long the oldest of them has waited",
            ),
        ],
    },
    Section {
        title: "HTTP",
        metrics: &[
            counter(
                "payoutd_webhooks_total",
                &["endpoint", "result"],
                "Webhooks; result is what became of it, or why it was refused",
            ),
            histogram(
                "payoutd_webhook_duration_seconds",
                (&["endpoint"], BRIEF),
                "From the head of a request to its answer",
            ),
            counter(
                "payoutd_http_requests_total",
                &["route", "status"],
                "Answers; route is its pattern, or none",
            ),
            histogram(
                "payoutd_http_request_duration_seconds",
                (&["route"], BRIEF),
                "From the head of a request to its answer",
            ),
            counter(
                "payoutd_http_evictions_total",
                &[],
                "Connections closed to make room for others",
            ),
            counter(
                "payoutd_http_accept_failures_total",
                &[],
                "Connections that could not be taken, mostly for want of open files",
            ),
        ],
    },
    Section {
        title: "The process",
        metrics: &[
            counter("process_cpu_seconds_total", &[], "Processor time spent"),
            gauge("process_resident_memory_bytes", &[], "Memory in use"),
            gauge("process_virtual_memory_bytes", &[], "Addresses in use"),
            gauge(
                "process_virtual_memory_max_bytes",
                &[],
                "Addresses there may be",
            ),
            gauge("process_open_fds", &[], "Open files"),
            gauge("process_max_fds", &[], "Open files there may be"),
            gauge("process_threads", &[], "Threads"),
            gauge(
                "process_start_time_seconds",
                &[],
                "When it started, in Unix time",
            ),
        ],
    },
];
