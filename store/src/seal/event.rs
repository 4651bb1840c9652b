//! An event exactly as it is stored, before anybody makes sense of it: what is sealed.

use domain::{
    Event,
    id::{StreamId, Tenant},
};
use time::{Duration, OffsetDateTime};

use super::{block::Entry, encode::Canonical, hash::Hash};
use crate::{
    cell::Cell, columns::Kind, error::StoreError, log::Cursor, recorded::Recorded, row::Row,
};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where in the log.
    pub cursor: Cursor,
    /// Whose books.
    pub tenant: String,
    /// The stream.
    pub stream: String,
    /// Its number in the stream.
    pub version: i64,
    /// The type's name.
    pub kind: String,
    /// The version of the type's shape.
    pub schema_version: i64,
    /// What happened: JSON, as it was written.
    pub data: String,
    /// What caused it: JSON, as it was written.
    pub metadata: String,
    /// When it was decided: microseconds since the beginning of 1970. Nothing if what is
    /// stored is no moment.
    pub recorded_at: Option<i64>,
}

impl Stored {
    /// Reads columns txid, position, tenant, stream, version, type, schema_version, data,
    /// metadata, recorded_at.
    ///
    /// # Errors
    /// When a column is not there.
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        let mut packed = Vec::new();
        row.pack("recorded_at", Kind::Time, &mut packed)?;
        let recorded_at = match Cell::unpack(&mut packed.as_slice()) {
            Some(Cell::Time(micros)) => Some(micros),
            _ => None,
        };
        Ok(Self {
            cursor: Cursor {
                txid: row.int("txid")?,
                position: row.int("position")?,
            },
            tenant: row.text("tenant")?,
            stream: row.text("stream")?,
            version: row.int("version")?,
            kind: row.text("type")?,
            schema_version: row.int("schema_version")?,
            data: row.text("data")?,
            metadata: row.text("metadata")?,
            recorded_at,
        })
    }

    /// The hash of all that the event says. Its place and its version are not in it: so
    /// what was moved can be told from what was edited.
    #[must_use]
    pub fn body(&self) -> Hash {
        let bytes = Canonical::of("payoutd.seal.event.v1")
            .text(&self.tenant)
            .text(&self.stream)
            .text(&self.kind)
            .int(self.schema_version)
            .text(&self.data)
            .text(&self.metadata)
            // A moment that is none equals no moment that was sealed.
            .int(self.recorded_at.unwrap_or(i64::MIN));
        Hash::of(&bytes.finish())
    }

    /// What a block says of it.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry {
            place: self.cursor,
            version: self.version,
            body: self.body(),
        }
    }

    /// Makes sense of it.
    ///
    /// # Errors
    /// When its type or a field of it is not known to this program.
    pub fn decode(self) -> Result<Recorded, StoreError> {
        let position = self.cursor.position;
        let unreadable = |column: &str| {
            let why = format!("event {position} has none that can be");
            StoreError::column(column, sqlx::Error::Decode(why.into()))
        };
        // A schema version beyond 65535 was never written; 0 is unknown to `decode`.
        let schema_version = u16::try_from(self.schema_version).unwrap_or(0);
        let event = Event::decode(&self.kind, schema_version, &self.data)
            .map_err(|source| StoreError::Event { position, source })?;
        let recorded_at = self
            .recorded_at
            .and_then(|micros| {
                OffsetDateTime::UNIX_EPOCH.checked_add(Duration::microseconds(micros))
            })
            .ok_or_else(|| unreadable("recorded_at"))?;
        Ok(Recorded {
            cursor: self.cursor,
            tenant: Tenant::new(self.tenant)?,
            stream: StreamId::parse(&self.stream)?,
            version: u64::try_from(self.version).map_err(|_| unreadable("version"))?,
            event,
            metadata: self.metadata,
            recorded_at,
        })
    }
}
