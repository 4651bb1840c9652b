//! The alerts there are.

/// How bad an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// It works, and could go wrong.
    Warning,
    /// Something does not work, or a person is needed.
    Error,
    /// Nothing works, or the books are in question.
    Critical,
}

impl Level {
    /// From the mildest to the worst.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }

    /// The level of a name, in upper or lower case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let named = |level: &Self| level.as_str().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(named)
    }
}

/// An alert: which condition it tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The database does not answer.
    DatabaseUnreachable,
    /// NATS is not connected.
    NatsAway,
    /// Seals do not fit the log, or a law of the ledger is broken.
    SealBroken,
    /// Stripe and the ledger do not agree.
    ReconciliationDifference,
    /// Nobody knows whether Stripe has made a payout.
    PayoutInDoubt,
    /// A payout should have arrived, and nobody has told of it.
    PayoutOverdue,
    /// Stripe's events that a person has to look at.
    DeadLetters,
    /// Work was given up after all retries.
    RetriesExhausted,
    /// Transactions that took too long.
    DeadlineTimeouts,
    /// Many transactions fail because of others.
    ConflictRate,
    /// Nobody gets a connection to the database.
    PoolExhausted,
    /// The writer's queue is full, or nearly.
    QueueFull,
    /// Read tables are behind the log.
    ProjectionsLag,
    /// JetStream has not been given the ledger's events.
    OutboxLag,
    /// Stripe's events wait in JetStream.
    IngestLag,
    /// The log is not sealed to its end.
    SealsLag,
    /// The database's clock and ours differ.
    ClockSkew,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; 17] = [
        Self::DatabaseUnreachable,
        Self::NatsAway,
        Self::SealBroken,
        Self::ReconciliationDifference,
        Self::PayoutInDoubt,
        Self::PayoutOverdue,
        Self::DeadLetters,
        Self::RetriesExhausted,
        Self::DeadlineTimeouts,
        Self::ConflictRate,
        Self::PoolExhausted,
        Self::QueueFull,
        Self::ProjectionsLag,
        Self::OutboxLag,
        Self::IngestLag,
        Self::SealsLag,
        Self::ClockSkew,
    ];

    /// Its name: in the table, in settings, everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DatabaseUnreachable => "database-unreachable",
            Self::NatsAway => "nats-away",
            Self::SealBroken => "seal-broken",
            Self::ReconciliationDifference => "reconciliation-difference",
            Self::PayoutInDoubt => "payout-in-doubt",
            Self::PayoutOverdue => "payout-overdue",
            Self::DeadLetters => "dead-letters",
            Self::RetriesExhausted => "retries-exhausted",
            Self::DeadlineTimeouts => "deadline-timeouts",
            Self::ConflictRate => "conflict-rate",
            Self::PoolExhausted => "pool-exhausted",
            Self::QueueFull => "queue-full",
            Self::ProjectionsLag => "projections-lag",
            Self::OutboxLag => "outbox-lag",
            Self::IngestLag => "ingest-lag",
            Self::SealsLag => "seals-lag",
            Self::ClockSkew => "clock-skew",
        }
    }

    /// The alert of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How bad it is.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::DatabaseUnreachable | Self::SealBroken => Level::Critical,
            Self::NatsAway
            | Self::ReconciliationDifference
            | Self::PayoutInDoubt
            | Self::DeadLetters
            | Self::RetriesExhausted
            | Self::DeadlineTimeouts
            | Self::PoolExhausted
            | Self::QueueFull => Level::Error,
            Self::PayoutOverdue
            | Self::ConflictRate
            | Self::ProjectionsLag
            | Self::OutboxLag
            | Self::IngestLag
            | Self::SealsLag
            | Self::ClockSkew => Level::Warning,
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::DatabaseUnreachable => {
                "look whether the server runs and lets us in; nothing that was accepted is lost, \
                 and callers are told to try again"
            }
            Self::NatsAway => {
                "look whether the server runs and lets us in; the connection is made again by \
                 itself, and HTTP goes on"
            }
            Self::SealBroken => {
                "somebody or something changed the books: keep everything as it is, run `payoutd \
                 verify`, and compare with a backup and the heads that were published"
            }
            Self::ReconciliationDifference => {
                "run `payoutd reconcile --api` and work through what it lists; then run it again"
            }
            Self::PayoutInDoubt => {
                "look the payout up at Stripe (`payoutd explain payout ID` tells the attempt), and \
                 tell the ledger with `report-payout`"
            }
            Self::PayoutOverdue => {
                "look the payout up at Stripe, run `payoutd jobs run sync`, and look whether \
                 webhooks still come in"
            }
            Self::DeadLetters => {
                "look at them with `payoutd dead-letters list`, mend the cause, and try again or \
                 drop them"
            }
            Self::RetriesExhausted => {
                "callers were told to try again: look who else writes the same rows, and for a \
                 database that comes and goes"
            }
            Self::DeadlineTimeouts => {
                "look for locks that are held for long and for a slow disk: `payoutd doctor` \
                 lists long transactions"
            }
            Self::ConflictRate => {
                "look who writes the same balances beside the service, and for sequential scans: \
                 `payoutd doctor` shows them"
            }
            Self::PoolExhausted => {
                "look for slow queries and for a database that is short of processors; readers \
                 of large tables should ask a standby"
            }
            Self::QueueFull => {
                "commands are turned away: send fewer, or give the database more; a larger \
                 `queue` only makes them wait longer"
            }
            Self::ProjectionsLag => {
                "look for a long transaction that holds the log back (`payoutd doctor`), and \
                 whether a service runs"
            }
            Self::OutboxLag => {
                "look whether JetStream takes messages, and has room: `payoutd doctor` asks it"
            }
            Self::IngestLag => "look whether a service takes Stripe's events, and at its log",
            Self::SealsLag => {
                "look for a long transaction that holds the log back (`payoutd doctor`), and at \
                 the service's log"
            }
            Self::ClockSkew => "run NTP on the database's machine and on this one",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_has_a_name_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        for level in Level::ALL {
            assert_eq!(Level::parse(&level.as_str().to_lowercase()), Some(level));
        }
    }
}
