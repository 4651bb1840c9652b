//! Webhooks: each is kept byte for byte, with what became of it.

use domain::{
    id::Fingerprint,
    stripe::{Meaning, Mode, translate},
};

use crate::{
    columns::{BulkRow, Columns, Kind},
    error::StoreError,
    reply::Ingested,
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
    /// It is in the archive, parked, and is tried again.
    pub(crate) again: bool,
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
            again: false,
        }
    }
}

impl Webhook {
    /// What it is known by.
    pub(crate) fn key(&self) -> WebhookKey {
        (self.event_id.clone(), self.body_hash.as_str().to_owned())
    }

    /// Reads a webhook that was parked. It was of the right mode when it came.
    pub(crate) fn read_again(body: Vec<u8>) -> Self {
        let test = Self::read(body, Mode::Test);
        if matches!(test.meaning, Meaning::Fact(_)) {
            test
        } else {
            Self::read(test.body, Mode::Live)
        }
    }
}

/// What a webhook is known by: Stripe's id and the hash of the body.
pub(crate) type WebhookKey = (String, String);

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

/// A new outcome of a parked webhook.
#[derive(Debug)]
pub(crate) struct SettledRow<'w>(pub(crate) ArchiveRow<'w>);

impl BulkRow for SettledRow<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let row = &self.0;
        columns
            .text(row.tenant)
            .text(&row.webhook.event_id)
            .text(row.webhook.body_hash.as_str())
            .text(row.outcome.as_str())
            .opt_text(row.outcome.reason())
            .opt_text(row.detail)
            .time(row.received_at);
    }
}
