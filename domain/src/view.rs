//! What decisions read: the folded state of the streams at hand.
//!
//! A [`View`] holds the streams and aliases that were loaded. A decision that
//! needs more says so ([`Missing`]); whoever owns the view loads that and asks
//! again. This keeps decisions pure without knowing beforehand what they touch.

use std::collections::HashMap;

use crate::{
    balance::Balance,
    event::Event,
    id::{Aggregate, Alias, Owner, StreamId},
    payment::Payment,
    payout::Payout,
    seller::Seller,
    transfer::Transfer,
    webhook::Webhook,
};

/// The folded state of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A seller's registration.
    Seller(Seller),
    /// A payment.
    Payment(Payment),
    /// A balance.
    Balance(Balance),
    /// A transfer.
    Transfer(Transfer),
    /// A payout.
    Payout(Payout),
    /// A webhook.
    Webhook(Webhook),
}

impl State {
    /// The state of a stream without events.
    #[must_use]
    pub fn initial(aggregate: Aggregate) -> Self {
        match aggregate {
            Aggregate::Seller => Self::Seller(Seller::default()),
            Aggregate::Payment => Self::Payment(Payment::default()),
            Aggregate::Balance => Self::Balance(Balance::default()),
            Aggregate::Transfer => Self::Transfer(Transfer::default()),
            Aggregate::Payout => Self::Payout(Payout::default()),
            Aggregate::Webhook => Self::Webhook(Webhook::default()),
        }
    }

    /// The state after one more event. An event of another aggregate changes nothing.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Self {
        match self {
            Self::Seller(state) => Self::Seller(state.evolve(event)),
            Self::Payment(state) => Self::Payment(state.evolve(event)),
            Self::Balance(state) => Self::Balance(state.evolve(event)),
            Self::Transfer(state) => Self::Transfer(state.evolve(event)),
            Self::Payout(state) => Self::Payout(state.evolve(event)),
            Self::Webhook(state) => Self::Webhook(state.evolve(event)),
        }
    }

    /// Roughly how much memory the state takes, in transactions or items: what
    /// a cache counts.
    #[must_use]
    pub fn weight(&self) -> usize {
        1 + match self {
            Self::Seller(_) | Self::Transfer(_) | Self::Webhook(_) => 0,
            Self::Payment(state) => state.weight(),
            Self::Balance(state) => state.weight(),
            Self::Payout(state) => state.weight(),
        }
    }
}

/// A stream's state and version: how many events it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Number of events; 0 is a stream that does not exist yet.
    pub version: u64,
    /// Their fold.
    pub state: State,
}

impl Stream {
    /// A stream without events.
    #[must_use]
    pub fn empty(aggregate: Aggregate) -> Self {
        Self {
            version: 0,
            state: State::initial(aggregate),
        }
    }

    /// Adds one event.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Self {
        Self {
            version: self.version + 1,
            state: self.state.evolve(event),
        }
    }
}

/// What a decision needs and the view does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The state of a stream.
    Stream(StreamId),
    /// Who owns an alias.
    Alias(Alias),
}

/// The streams and aliases of one tenant that are at hand.
#[derive(Debug, Default)]
pub struct View {
    streams: HashMap<StreamId, Stream>,
    aliases: HashMap<Alias, Option<Owner>>,
}

impl View {
    /// A loaded stream.
    #[must_use]
    pub fn stream(&self, id: &StreamId) -> Option<&Stream> {
        self.streams.get(id)
    }

    /// Whether an alias was looked up, and who owns it.
    #[must_use]
    pub fn alias(&self, alias: &Alias) -> Option<Option<&Owner>> {
        self.aliases.get(alias).map(Option::as_ref)
    }

    /// Puts a loaded stream in.
    pub fn insert_stream(&mut self, id: StreamId, stream: Stream) {
        self.streams.insert(id, stream);
    }

    /// Puts the answer of an alias look-up in.
    pub fn insert_alias(&mut self, alias: Alias, owner: Option<Owner>) {
        self.aliases.insert(alias, owner);
    }

    /// Records that an event happened in a stream, which is empty if it was
    /// not loaded. Returns the event's version.
    pub fn apply(&mut self, id: &StreamId, event: &Event) -> u64 {
        let stream = self
            .streams
            .remove(id)
            .unwrap_or_else(|| Stream::empty(id.aggregate()))
            .evolve(event);
        let version = stream.version;
        self.streams.insert(id.clone(), stream);
        if let Some((alias, fingerprint)) = event.claims() {
            let owner = Owner {
                stream: id.clone(),
                fingerprint,
            };
            self.aliases.insert(alias, Some(owner));
        }
        version
    }

    /// All loaded streams.
    pub fn streams(&self) -> impl Iterator<Item = (&StreamId, &Stream)> {
        self.streams.iter()
    }

    /// Takes all streams out.
    pub fn into_streams(self) -> impl Iterator<Item = (StreamId, Stream)> {
        self.streams.into_iter()
    }
}
