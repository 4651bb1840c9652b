//! An event as it is in the log.

use domain::{
    Event,
    id::{StreamId, Tenant},
};
use time::OffsetDateTime;

use crate::{error::StoreError, log::Cursor, row::Row};

/// An event with its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Where in the log. `cursor.position` is unique and names the event.
    pub cursor: Cursor,
    /// Whose books.
    pub tenant: Tenant,
    /// The stream.
    pub stream: StreamId,
    /// Its number in the stream, from 1.
    pub version: u64,
    /// What happened.
    pub event: Event,
    /// What caused it, as JSON: the command and its key, or Stripe's event.
    pub metadata: String,
    /// When it was decided.
    pub recorded_at: OffsetDateTime,
}

impl Recorded {
    /// The position in the log: unique, and rising with time on one writer.
    #[must_use]
    pub const fn position(&self) -> i64 {
        self.cursor.position
    }

    /// A name for the event that never changes, for consumers to spot repeats.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}/{}", self.tenant, self.stream, self.version)
    }

    /// Reads columns txid, position, tenant, stream, version, type,
    /// schema_version, data, metadata, recorded_at.
    ///
    /// # Errors
    /// When the row has another shape, or an event of a newer program.
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        let position = row.int("position")?;
        // A schema version beyond 65535 was never written; 0 is unknown to `decode`.
        let schema_version = u16::try_from(row.int("schema_version")?).unwrap_or(0);
        let event = Event::decode(&row.text("type")?, schema_version, &row.text("data")?)
            .map_err(|source| StoreError::Event { position, source })?;
        Ok(Self {
            cursor: Cursor {
                txid: row.int("txid")?,
                position,
            },
            tenant: Tenant::new(row.text("tenant")?)?,
            stream: StreamId::parse(&row.text("stream")?)?,
            version: row.count("version")?,
            event,
            metadata: row.text("metadata")?,
            recorded_at: row.time("recorded_at")?,
        })
    }
}
