//! Questions to the archive of webhooks: who is dead, who waits, and what came when.
//!
//! Answers are what is committed. Nothing here changes anything: that is done by the
//! ledger ([`crate::letter`]), with what is found here in hand.

use std::collections::HashSet;

use domain::{
    State,
    id::{Fingerprint, PayoutId, StreamId, StripePayoutId, Tenant},
    stripe::Mode,
};
use time::OffsetDateTime;

use crate::{
    database::Database,
    error::StoreError,
    inbox::outcome_of,
    letter::{Give, Redelivery},
    lookup,
    reply::{Again, Ingested},
    row::Row,
    sql::Value,
    statements,
};

/// A webhook of the archive, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its place in the order of arrival: the larger, the later.
    pub sequence: i64,
    /// Stripe's id, or one computed from the body.
    pub event_id: String,
    /// SHA-256 of the body: bodies can share an id.
    pub body_hash: Fingerprint,
    /// `type`, if it could be read.
    pub event_type: Option<String>,
    /// What it is about, e.g. `payout/po_1`, if that could be read.
    pub object: Option<String>,
    /// What became of it.
    pub outcome: Ingested,
    /// More about that, for people.
    pub detail: Option<String>,
    /// When it came.
    pub received_at: OffsetDateTime,
    /// When its outcome was last set.
    pub settled_at: OffsetDateTime,
    /// How many later ones of its object wait, if it is dead or waits itself.
    pub waiting: u64,
}

/// Which dead letters and parked webhooks are wanted. What is not given does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `dead` or `parked`.
    pub outcome: Option<&'static str>,
    /// Of this type.
    pub event_type: Option<String>,
    /// About this, e.g. `payout/po_1`.
    pub object: Option<String>,
    /// For this reason.
    pub reason: Option<String>,
    /// That came at this moment or later.
    pub since: Option<OffsetDateTime>,
    /// That came before this moment.
    pub until: Option<OffsetDateTime>,
    /// Behind this place in the order of arrival.
    pub after: i64,
}

/// Which webhooks are to be run again. What is not given does not matter.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only the dead.
    pub dead: bool,
    /// Of this type.
    pub event_type: Option<String>,
    /// About one payout.
    pub about: Option<About>,
    /// That came at this moment or later.
    pub since: Option<OffsetDateTime>,
    /// That came before this moment.
    pub until: Option<OffsetDateTime>,
}

/// A payout, as webhooks know it. One of the two is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Those about this object, e.g. `payout/po_1`.
    pub object: Option<String>,
    /// And those parked for this, e.g. `payout-<uuid>`.
    pub reason: Option<String>,
}

impl About {
    /// A payout by Stripe's id.
    #[must_use]
    pub fn stripe(id: &StripePayoutId) -> Self {
        Self {
            object: Some(format!("payout/{id}")),
            reason: None,
        }
    }

    /// A payout by our id: what Stripe calls it, if that is known, and what waits for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ours(
        database: &Database,
        tenant: &Tenant,
        id: PayoutId,
    ) -> Result<Self, StoreError> {
        let stream = StreamId::payout(id);
        let found = lookup::streams(database, tenant, vec![stream.clone()]).await?;
        let known = found.get(&stream).map(|found| &found.state);
        let stripes = match known {
            Some(State::Payout(payout)) => payout.known().and_then(|it| it.stripe_payout_id()),
            _ => None,
        };
        Ok(Self {
            object: stripes.map(|id| format!("payout/{id}")),
            reason: Some(stream.to_string()),
        })
    }
}

impl Letter {
    fn of(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.int("sequence")?,
            event_id: row.text("event_id")?,
            body_hash: Fingerprint::stored(&row.text("body_hash")?),
            event_type: row.opt_text("event_type")?,
            object: row.opt_text("object")?,
            outcome: outcome_of(row)?,
            detail: row.opt_text("detail")?,
            received_at: row.time("received_at")?,
            settled_at: row.time("settled_at")?,
            waiting: row.count("waiting")?,
        })
    }

    /// The webhook with its body, to be run again.
    #[must_use]
    pub fn again(&self, tenant: Tenant, body: Vec<u8>, (mode, again): (Mode, Again)) -> Redelivery {
        Redelivery {
            tenant,
            event_id: self.event_id.clone(),
            body_hash: self.body_hash.clone(),
            object: self.object.clone(),
            body,
            mode,
            again,
        }
    }

    /// The webhook, to be given up.
    #[must_use]
    pub fn give_up(&self, tenant: Tenant, reason: String) -> Give {
        Give {
            tenant,
            event_id: self.event_id.clone(),
            body_hash: self.body_hash.clone(),
            reason,
        }
    }
}

/// Dead letters and parked webhooks in order of arrival, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn letters(
    database: &Database,
    tenant: &Tenant,
    wanted: &Wanted,
    limit: u32,
) -> Result<Vec<Letter>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Int(i64::from(limit)),
        Value::Int(wanted.after),
        Value::OptText(wanted.outcome),
        Value::OptText(wanted.event_type.as_deref()),
        Value::OptText(wanted.object.as_deref()),
        Value::OptText(wanted.reason.as_deref()),
        Value::OptTime(wanted.since),
        Value::OptTime(wanted.until),
    ];
    let rows = database.fetch(&statements::FIND_LETTERS, &values).await?;
    rows.iter().map(Letter::of).collect()
}

/// The webhooks with an event's id, one for each body, in order of arrival.
///
/// # Errors
/// When the database fails.
pub async fn find(
    database: &Database,
    tenant: &Tenant,
    event_id: &str,
) -> Result<Vec<Letter>, StoreError> {
    let values = [Value::Text(tenant.as_str()), Value::Text(event_id)];
    let rows = database.fetch(&statements::FIND_LETTER, &values).await?;
    rows.iter().map(Letter::of).collect()
}

/// The body of a webhook, byte for byte as it was received.
///
/// # Errors
/// When the database fails.
pub async fn body(
    database: &Database,
    tenant: &Tenant,
    letter: &Letter,
) -> Result<Vec<u8>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Text(&letter.event_id),
        Value::Text(letter.body_hash.as_str()),
    ];
    let rows = database.fetch(&statements::LOAD_BODY, &values).await?;
    rows.first().map_or_else(
        || Err(StoreError::NotArchived(letter.event_id.clone())),
        |row| row.bytes("body"),
    )
}

/// Which of some events are in the archive, by Stripe's ids, whatever their bodies.
///
/// # Errors
/// When the database fails.
pub async fn known(
    database: &Database,
    tenant: &Tenant,
    ids: Vec<&str>,
) -> Result<HashSet<String>, StoreError> {
    let values = [Value::Text(tenant.as_str()), Value::Texts(ids)];
    let rows = database.fetch(&statements::FIND_EVENTS, &values).await?;
    rows.iter().map(|row| row.text("event_id")).collect()
}

/// The places of the first and the last webhook of the archive, of any tenant; 0 and 0
/// if it is empty.
///
/// # Errors
/// When the database fails.
pub async fn ends(database: &Database) -> Result<(i64, i64), StoreError> {
    let rows = database.fetch(&statements::ARCHIVE_END, &[]).await?;
    match rows.first() {
        Some(row) => Ok((row.int("first")?, row.int("last")?)),
        None => Ok((0, 0)),
    }
}

/// A page of webhooks with their bodies in order of arrival: those behind one place and
/// up to another, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn page(
    database: &Database,
    tenant: &Tenant,
    selection: &Selection,
    ((after, last), limit): ((i64, i64), u32),
) -> Result<Vec<(Letter, Vec<u8>)>, StoreError> {
    let about = selection.about.as_ref();
    let values = [
        Value::Text(tenant.as_str()),
        Value::Int(i64::from(limit)),
        Value::Int(after),
        Value::Int(last),
        Value::OptText(selection.dead.then_some("dead")),
        Value::OptText(selection.event_type.as_deref()),
        Value::OptTime(selection.since),
        Value::OptTime(selection.until),
        Value::OptText(about.and_then(|about| about.object.as_deref())),
        Value::OptText(about.and_then(|about| about.reason.as_deref())),
    ];
    let rows = database.fetch(&statements::PAGE_ARCHIVE, &values).await?;
    rows.iter()
        .map(|row| Ok((Letter::of(row)?, row.bytes("body")?)))
        .collect()
}
