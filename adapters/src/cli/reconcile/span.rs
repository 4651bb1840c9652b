//! The time that a report is about.

use projections::reconcile::Period;
use time::{Duration, OffsetDateTime};

/// From the first to the last moment that a report names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span(Option<(OffsetDateTime, OffsetDateTime)>);

/// Reports tell whole seconds.
const RESOLUTION: Duration = Duration::SECOND;

impl Span {
    /// One more row's moment, if it has one.
    pub(super) fn add(&mut self, moment: Option<OffsetDateTime>) {
        if let Some(moment) = moment {
            let (first, last) = self.0.unwrap_or((moment, moment));
            self.0 = Some((first.min(moment), last.max(moment)));
        }
    }

    /// The period, where it is not given; none if nothing tells.
    pub(super) fn period(
        self,
        since: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
    ) -> Option<Period> {
        let first = self.0.map(|(first, _)| first);
        let end = self.0.and_then(|(_, last)| last.checked_add(RESOLUTION));
        Some(Period {
            since: since.or(first)?,
            until: until.or(end)?,
        })
    }
}
