//! A seller: who they are, their connected account, when they are paid.

use std::fmt;

use serde::{Deserialize, Serialize};

use time::{Date, Weekday};

use crate::{
    event::{Event, of},
    refusal::Rejection,
};

pub mod event;
mod scheduled;

pub use scheduled::ScheduledPayout;

use event::{MinimumPayout, PayoutScheduleChanged, SellerRegistered};

/// A registered seller, or nobody yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seller {
    registered: Option<SellerRegistered>,
    /// The latest change, if there was one.
    changed: Option<PayoutScheduleChanged>,
}

impl Seller {
    /// The registration, if there is one.
    #[must_use]
    pub fn registered(&self) -> Option<&SellerRegistered> {
        self.registered.as_ref()
    }

    /// When payouts are made, and from which amount on.
    #[must_use]
    pub fn schedule(&self) -> Option<(Schedule, Option<MinimumPayout>)> {
        let registered = self.registered.as_ref()?;
        Some(self.changed.as_ref().map_or(
            (registered.payout_schedule, registered.minimum_payout),
            |changed| (changed.payout_schedule, changed.minimum_payout),
        ))
    }

    /// The state after one more event.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Self {
        match of::Seller::of(event) {
            Some(of::Seller::SellerRegistered(event)) => Self {
                registered: Some(event.clone()),
                ..self
            },
            Some(of::Seller::PayoutScheduleChanged(event)) => Self {
                changed: Some(event.clone()),
                ..self
            },
            None => self,
        }
    }

    /// Registers the seller, unless that was done with the same content.
    pub(crate) fn register(&self, wanted: SellerRegistered) -> Result<Option<Event>, Rejection> {
        match &self.registered {
            None => Ok(Some(wanted.into())),
            Some(known) if *known == wanted => Ok(None),
            Some(_) => Err(Rejection::AlreadyExists {
                what: format!("seller {}", wanted.seller_id),
            }),
        }
    }

    /// Changes the schedule, unless it is this one already.
    pub(crate) fn change_schedule(
        &self,
        wanted: PayoutScheduleChanged,
    ) -> Result<Option<Event>, Rejection> {
        match self.schedule() {
            None => Err(Rejection::SellerNotFound(wanted.seller_id)),
            Some(known) if known == (wanted.payout_schedule, wanted.minimum_payout) => Ok(None),
            Some(_) => Ok(Some(wanted.into())),
        }
    }
}

/// When a seller's payouts are made: `manual`, `daily`, `weekly:<mon…sun>` or
/// `monthly:<1…31>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Schedule {
    /// Only when asked for.
    #[default]
    Manual,
    /// Every day.
    Daily,
    /// Every week on a day.
    Weekly(Weekday),
    /// Every month on a day; on the last one where the month is shorter.
    Monthly(u8),
}

const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Schedule {
    /// Whether payouts are made on a day.
    #[must_use]
    pub fn is_due_on(self, day: Date) -> bool {
        match self {
            Self::Manual => false,
            Self::Daily => true,
            Self::Weekly(weekday) => day.weekday() == weekday,
            Self::Monthly(number) => day.day() == number.min(day.month().length(day.year())),
        }
    }

    /// All schedules that make payouts on a day.
    pub fn due_on(day: Date) -> impl Iterator<Item = Self> {
        let weekly = WEEK.into_iter().map(|(_, weekday)| Self::Weekly(weekday));
        let monthly = (1..=31).map(Self::Monthly);
        std::iter::once(Self::Daily)
            .chain(weekly)
            .chain(monthly)
            .filter(move |schedule| schedule.is_due_on(day))
    }
}

/// A schedule that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a schedule is manual, daily, weekly:mon … weekly:sun, or monthly:1 … monthly:31")]
pub struct InvalidSchedule;

impl TryFrom<String> for Schedule {
    type Error = InvalidSchedule;
    fn try_from(text: String) -> Result<Self, InvalidSchedule> {
        match text.split_once(':') {
            None if text == "manual" => Ok(Self::Manual),
            None if text == "daily" => Ok(Self::Daily),
            Some(("weekly", day)) => WEEK
                .iter()
                .find(|(name, _)| *name == day)
                .map(|(_, day)| Self::Weekly(*day))
                .ok_or(InvalidSchedule),
            Some(("monthly", day)) => match day.parse() {
                Ok(day @ 1..=31) => Ok(Self::Monthly(day)),
                _ => Err(InvalidSchedule),
            },
            _ => Err(InvalidSchedule),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => f.write_str("manual"),
            Self::Daily => f.write_str("daily"),
            Self::Weekly(day) => {
                let name = WEEK
                    .iter()
                    .find(|(_, known)| known == day)
                    .map_or("", |(name, _)| name);
                write!(f, "weekly:{name}")
            }
            Self::Monthly(day) => write!(f, "monthly:{day}"),
        }
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> String {
        schedule.to_string()
    }
}
