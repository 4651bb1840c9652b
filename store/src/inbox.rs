//! Webhooks: each is kept byte for byte, with what became of it.

use domain::{
    id::Fingerprint,
    stripe::{Meaning, Mode, translate},
    webhook::Outcome,
};

use crate::{
    columns::{BulkRow, Columns, Kind},
    error::StoreError,
    reply::{Again, Ingested, OTHER_MODE},
    row::Row,
};
use time::OffsetDateTime;

/// A webhook on its way through the writer.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    /// Stripe's id, or one computed from the body.
    pub(crate) event_id: String,
    pub(crate) body_hash: Fingerprint,
    pub(crate) event_type: Option<String>,
    /// What it is about: events of one object are taken one after the other.
    pub(crate) object: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) meaning: Meaning,
    pub(crate) pass: Pass,
}

/// Why a webhook goes through the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// It has just come.
    Fresh,
    /// It is in the archive, parked, and its time may have come.
    Arrived,
    /// It is in the archive, and somebody wants it to be run again.
    Again(Again),
}

/// A webhook of the archive: what it is known by, and what there is of it.
#[derive(Debug, Clone)]
pub(crate) struct Archived {
    pub(crate) event_id: String,
    pub(crate) body_hash: Fingerprint,
    pub(crate) object: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Webhook {
    pub(crate) fn read(body: Vec<u8>, mode: Mode) -> Self {
        let translation = translate(&body, mode);
        let body_hash = Fingerprint::of(&body);
        Self {
            event_id: translation
                .event_id
                .unwrap_or_else(|| format!("sha256:{}", body_hash.as_str())),
            body_hash,
            event_type: translation.event_type,
            object: translation.object,
            body,
            meaning: translation.meaning,
            pass: Pass::Fresh,
        }
    }

    /// What it is known by.
    pub(crate) fn key(&self) -> WebhookKey {
        (self.event_id.clone(), self.body_hash.as_str().to_owned())
    }

    /// Reads a webhook that was parked. It was of the right mode when it came.
    pub(crate) fn arrived(archived: Archived) -> Self {
        let test = Self::again(archived, Mode::Test, Pass::Arrived);
        if test.meaning != Meaning::Ignored(OTHER_MODE) {
            return test;
        }
        let meaning = translate(&test.body, Mode::Live).meaning;
        Self { meaning, ..test }
    }

    /// Reads a webhook of the archive with the eyes of today. It keeps its name, and
    /// what it was about if that can no longer be read.
    pub(crate) fn again(archived: Archived, mode: Mode, pass: Pass) -> Self {
        let translation = translate(&archived.body, mode);
        Self {
            event_id: archived.event_id,
            body_hash: archived.body_hash,
            event_type: translation.event_type,
            object: translation.object.or(archived.object),
            body: archived.body,
            meaning: translation.meaning,
            pass,
        }
    }
}

/// What a webhook is known by: Stripe's id and the hash of the body.
pub(crate) type WebhookKey = (String, String);

/// What the archive tells of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Its place in the order of arrival.
    pub(crate) sequence: i64,
    pub(crate) event_type: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) told: Ingested,
    pub(crate) detail: Option<String>,
}

impl Standing {
    pub(crate) fn of(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.int("sequence")?,
            event_type: row.opt_text("event_type")?,
            object: row.opt_text("object")?,
            told: outcome_of(row)?,
            detail: row.opt_text("detail")?,
        })
    }
}

/// Reads the outcome columns of the archive.
pub(crate) fn outcome_of(row: &Row) -> Result<Ingested, StoreError> {
    let reason = row.opt_text("reason")?.unwrap_or_default();
    Ok(match row.text("outcome")?.as_str() {
        "applied" => Ingested::Applied,
        "ignored" => Ingested::Ignored(reason),
        "parked" => Ingested::Parked(reason),
        _ => Ingested::Dead(reason),
    })
}

/// An outcome in the words of the rules. A duplicate is none of the archive's.
pub(crate) const fn rules_outcome(told: &Ingested) -> Outcome {
    match told {
        Ingested::Applied | Ingested::Duplicate => Outcome::Applied,
        Ingested::Ignored(_) => Outcome::Ignored,
        Ingested::Parked(_) => Outcome::Parked,
        Ingested::Dead(_) => Outcome::Dead,
    }
}

/// A row of the archive.
#[derive(Debug)]
pub(crate) struct ArchiveRow<'w> {
    pub(crate) tenant: &'w str,
    pub(crate) webhook: &'w Webhook,
    pub(crate) outcome: &'w Ingested,
    pub(crate) detail: Option<&'w str>,
    pub(crate) received_at: OffsetDateTime,
}

impl BulkRow for ArchiveRow<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Tenant,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Bytes,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Now,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.tenant)
            .text(&self.webhook.event_id)
            .text(self.webhook.body_hash.as_str())
            .opt_text(self.webhook.event_type.as_deref())
            .opt_text(self.webhook.object.as_deref())
            .bytes(&self.webhook.body)
            .text(self.outcome.as_str())
            .opt_text(self.outcome.reason())
            .opt_text(self.detail)
            .time(self.received_at);
    }
}

/// A new outcome of a webhook of the archive.
#[derive(Debug, Clone)]
pub(crate) struct SettledRow<'w> {
    pub(crate) tenant: &'w str,
    pub(crate) event_id: &'w str,
    pub(crate) body_hash: &'w str,
    /// The outcome that was read. Another one by now is a conflict.
    pub(crate) before: &'static str,
    pub(crate) event_type: Option<&'w str>,
    pub(crate) object: Option<&'w str>,
    pub(crate) outcome: &'w Ingested,
    pub(crate) detail: Option<&'w str>,
    pub(crate) settled_at: OffsetDateTime,
}

impl BulkRow for SettledRow<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.tenant)
            .text(self.event_id)
            .text(self.body_hash)
            .text(self.before)
            .opt_text(self.event_type)
            .opt_text(self.object)
            .text(self.outcome.as_str())
            .opt_text(self.outcome.reason())
            .opt_text(self.detail)
            .time(self.settled_at);
    }
}
