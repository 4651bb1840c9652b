//! The store's statements: one file each, per database.

crate::statements! {
    /// Whether the database answers, and has a ledger.
    ANSWERS = "answers";
    /// Heads, events, receipts and aliases of a batch, in one go.
    APPEND = "append";
    /// Raw webhooks of a batch, with what became of them.
    ARCHIVE = "archive";
    /// All events of some streams.
    LOAD_STREAMS = "load_streams";
    /// Who owns some aliases.
    LOAD_ALIASES = "load_aliases";
    /// The outcomes stored under some idempotency keys.
    LOAD_RECEIPTS = "load_receipts";
    /// Where some events are in the log.
    LOAD_POSITIONS = "load_positions";
    /// Which of some webhooks are in the archive.
    FIND_ARCHIVED = "find_archived";
    /// Which of some objects have a webhook that is dead or waits.
    FIND_BLOCKED = "find_blocked";
    /// The webhooks that wait for something.
    FIND_PARKED = "find_parked";
    /// What parked webhooks wait for although it is there.
    FIND_ARRIVED = "find_arrived";
    /// Records that a parked webhook was tried again.
    SETTLE_PARKED = "settle_parked";
    /// The log in order, as far as it is safe.
    READ_LOG = "read_log";
    /// The log in order, as far as the snapshot shows it.
    READ_LOG_SNAPSHOT = "read_log_snapshot";
    /// How far a follower has come.
    LOAD_CHECKPOINT = "load_checkpoint";
    /// A follower's first step.
    INSERT_CHECKPOINT = "insert_checkpoint";
    /// A follower's further steps.
    ADVANCE_CHECKPOINT = "advance_checkpoint";
    /// The newest snapshots of some streams.
    LOAD_SNAPSHOTS = "load_snapshots";
    /// Keeps a snapshot.
    SAVE_SNAPSHOT = "save_snapshot";
}
