//! Looking for alerts, and telling of them, as parts of the service.

use async_nats::Client;
use futures::FutureExt;
use store::Database;
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::Part;
use crate::{
    alerts::{BACKLOG, Teller, Watcher, Webhook},
    config::Settings,
    failure::Failure,
    machine::Machine,
};

/// The webhook, if one is set: what is wrong with it is told before anything is started.
pub(super) fn webhook(settings: &Settings) -> Result<Option<Webhook>, Failure> {
    let (retry, clock) = (settings.store.retry, &settings.store.clock);
    Ok(Webhook::of(&settings.alerts, retry, clock)?)
}

pub(super) fn start(
    parts: &mut JoinSet<Part>,
    settings: &Settings,
    (database, shutdown): (&Database, &CancellationToken),
    (nats, webhook, machine): (Option<Client>, Option<Webhook>, &Machine),
) {
    if !settings.alerts.enabled {
        return;
    }
    let webhook = webhook.map(|webhook| {
        let (news, coming) = mpsc::channel(BACKLOG);
        let posting = webhook.run(coming, shutdown.clone());
        parts.spawn(posting.map(|()| ("posting alerts", Ok(()))));
        news
    });
    let teller = Teller {
        tenant: settings.tenant.clone(),
        nats,
        webhook,
        live: machine.alerts.clone(),
    };
    let whose = (settings.tenant.clone(), settings.store.clock.clone());
    let set = (settings.alerts.clone(), teller);
    let watcher = Watcher::new(database, whose, set, machine.readings.clone());
    let watching = watcher.run(shutdown.clone());
    parts.spawn(watching.map(|()| ("looking for alerts", Ok(()))));
}
