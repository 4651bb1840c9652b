//! Payment.

use crate::event::Event;

pub mod event;

/// The folded state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payment {}

impl Payment {
    /// The state after one more event.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Self {
        let _ = event;
        todo!()
    }

    /// Roughly how much memory it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        0
    }
}
