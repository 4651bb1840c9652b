//! The shadow's statements. Most need a shadow, so unlike all others they cannot be
//! prepared at any time; the tests of rebuilds run every one.

crate::statements! {
    /// Schemas and tables, for the others.
    SETTINGS = "shadow_settings";
    /// One rebuild at a time.
    CLAIM = "shadow_claim";
    /// The next one may come.
    RELEASE = "shadow_release";
    /// Where the live tables are.
    SCHEMA = "shadow_schema";
    /// Whether there is a shadow.
    EXISTS = "shadow_exists";
    /// What it holds.
    MARKS = "shadow_marks";
    /// Forgets what it holds.
    FORGET = "shadow_forget";
    /// Makes empty tables.
    CREATE = "shadow_create";
    /// Counts their rows for the planner.
    ANALYZE = "shadow_analyze";
    /// What cannot be carried over from the live tables.
    BLOCKERS = "shadow_blockers";
    /// Puts them into the place of the live tables.
    SWITCH = "shadow_switch";
    /// Drops them.
    REMOVE = "shadow_remove";
}
