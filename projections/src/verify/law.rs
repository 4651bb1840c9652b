//! What is told of each law.

use store::StoreError;

/// All laws, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The laws.
    pub laws: Vec<Law>,
}

impl Report {
    /// Whether no law is broken.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.laws.iter().all(|law| law.offender.is_none())
    }
}

/// One law, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// What must hold.
    pub name: &'static str,
    /// How many things were looked at.
    pub checked: u64,
    /// The first that breaks the law, and how.
    pub offender: Option<String>,
    /// What else was seen.
    pub note: Option<String>,
}

impl Law {
    pub(super) const fn new(name: &'static str, checked: u64, offender: Option<String>) -> Self {
        Self {
            name,
            checked,
            offender,
            note: None,
        }
    }
}

/// The law that everything else about the log rests on.
pub(super) const READABLE: &str = "every event of the log can be read";

/// Whether an event could not be read, rather than the database.
pub(super) const fn is_unreadable(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Event { .. }
            | StoreError::Id(_)
            | StoreError::Stored { .. }
            | StoreError::Column { .. }
    )
}
