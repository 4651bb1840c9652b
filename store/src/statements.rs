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
    /// Which of some events are in the archive, whatever their bodies.
    FIND_EVENTS = "find_events";
    /// The first webhook of some objects that is dead or waits.
    FIND_BLOCKED = "find_blocked";
    /// The webhooks that wait for something.
    FIND_PARKED = "find_parked";
    /// What parked webhooks wait for although it is there.
    FIND_ARRIVED = "find_arrived";
    /// Records what became of webhooks of the archive that were run again.
    SETTLE = "settle";
    /// Webhooks that are dead or wait, for people.
    FIND_LETTERS = "find_letters";
    /// The webhooks of one event's id.
    FIND_LETTER = "find_letter";
    /// The body of a webhook.
    LOAD_BODY = "load_body";
    /// The first and the last webhook of the archive.
    ARCHIVE_END = "archive_end";
    /// A page of the archive, for replays.
    PAGE_ARCHIVE = "page_archive";
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
    /// The jobs of a tenant.
    LOAD_JOBS = "load_jobs";
    /// A job's first appearance.
    INSERT_JOB = "insert_job";
    /// Begins a run of a job that is due.
    CLAIM_JOB = "claim_job";
    /// Begins a run of a job, due or not.
    TAKE_JOB = "take_job";
    /// Goes on holding a job.
    HOLD_JOB = "hold_job";
    /// How far a run has come.
    ADVANCE_JOB = "advance_job";
    /// Ends a run.
    END_JOB = "end_job";
    /// The newest snapshots of some streams.
    LOAD_SNAPSHOTS = "load_snapshots";
    /// Keeps a snapshot.
    SAVE_SNAPSHOT = "save_snapshot";
    /// Which code has built each read table.
    PROJECTIONS_LOAD = "projections_load";
    /// Says so.
    PROJECTIONS_MARK = "projections_mark";
    /// The log of one tenant in order, as far as the snapshot shows it.
    PAGE_TENANT = "page_tenant";
    /// The last event of the log.
    END_OF_LOG = "end_of_log";
    /// The events of one stream as they are stored.
    LOAD_STORED = "load_stored";
    /// Some blocks of a chain of seals, with their entries.
    LOAD_SEALS = "load_seals";
    /// A chain of seals, without the entries.
    SCAN_SEALS = "scan_seals";
    /// The last block of a chain of seals.
    LAST_SEAL = "last_seal";
    /// The block that seals a place.
    FIND_SEAL = "find_seal";
    /// Some events as they are stored, and the blocks that seal them.
    SEALED_EVENTS = "sealed_events";
    /// A new block of a chain of seals.
    INSERT_SEAL = "insert_seal";
    /// What a service read off itself.
    KEEP_READINGS = "keep_readings";
    /// What services read off themselves in some time.
    LOAD_READINGS = "load_readings";
    /// Removes what is too old of that.
    THIN_READINGS = "thin_readings";
    /// How far the schema is.
    SCHEMA_VERSION = "schema_version";
    /// What the database says about its settings.
    EXAMINE_FACTS = "examine_facts";
    /// The database's clock.
    EXAMINE_CLOCK = "examine_clock";
    /// Transactions that are open for long.
    EXAMINE_HOLDERS = "examine_holders";
    /// The state of the tables.
    EXAMINE_TABLES = "examine_tables";
    /// The indexes that are there.
    EXAMINE_INDEXES = "examine_indexes";
    /// The migrations that were begun.
    EXAMINE_MIGRATIONS = "examine_migrations";
    /// The marks of a probe of isolation.
    PROBE_READ = "probe_read";
    /// A mark of a probe.
    PROBE_WRITE = "probe_write";
    /// Takes the marks of a probe away.
    PROBE_CLEAR = "probe_clear";
    /// A sighting of an alert.
    ALERT_SEE = "alert_see";
    /// The alerts that fire.
    ALERTS_FIRING = "alerts_firing";
    /// Ends an alert.
    ALERT_RESOLVE = "alert_resolve";
    /// Forgets old alerts.
    ALERTS_PRUNE = "alerts_prune";
    /// A page of alerts.
    ALERTS_PAGE = "alerts_page";
    /// The result of a check.
    CHECK_RECORD = "check_record";
    /// The results of all checks.
    CHECKS_LOAD = "checks_load";
}
