//! A seller: who they are, their connected account, when they are paid.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    event::{Event, of},
    refusal::Rejection,
};

pub mod event;

/// A registered seller, or nobody yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seller {
    registered: Option<event::SellerRegistered>,
}

impl Seller {
    /// The registration, if there is one.
    #[must_use]
    pub fn registered(&self) -> Option<&event::SellerRegistered> {
        self.registered.as_ref()
    }

    /// The state after one more event.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Self {
        match of::Seller::of(event) {
            Some(of::Seller::SellerRegistered(event)) => Self {
                registered: Some(event.clone()),
            },
            None => self,
        }
    }

    /// Registers the seller, unless that was done with the same content.
    pub(crate) fn register(
        &self,
        wanted: event::SellerRegistered,
    ) -> Result<Option<Event>, Rejection> {
        match &self.registered {
            None => Ok(Some(wanted.into())),
            Some(known) if *known == wanted => Ok(None),
            Some(_) => Err(Rejection::AlreadyExists {
                what: format!("seller {}", wanted.seller_id),
            }),
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
    Weekly(time::Weekday),
    /// Every month on a day; on the last one where the month is shorter.
    Monthly(u8),
}

const WEEK: [(&str, time::Weekday); 7] = [
    ("mon", time::Weekday::Monday),
    ("tue", time::Weekday::Tuesday),
    ("wed", time::Weekday::Wednesday),
    ("thu", time::Weekday::Thursday),
    ("fri", time::Weekday::Friday),
    ("sat", time::Weekday::Saturday),
    ("sun", time::Weekday::Sunday),
];

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
