//! Gives payouts that Stripe made by itself their items, from its report.

use domain::{Command, command::RecordPayoutItems, payout::Origin, reconcile::Verdict};
use futures::{StreamExt, stream};
use projections::reconcile::{Books, List};
use store::{Database, Ledger, Reply, Request};

use super::tally::Tally;
use crate::{cli::query::explain, config::Settings, failure::Failure, ledger};

/// How many lists are on their way to the writer at once: they make a batch together.
const AT_ONCE: usize = 32;

/// Records items.
pub(super) struct Adopter<'a> {
    ledger: Ledger,
    settings: &'a Settings,
}

impl<'a> Adopter<'a> {
    /// Starts the ledger to record them.
    pub(super) fn start(database: &Database, settings: &'a Settings) -> Self {
        let ledger = ledger::start(database.clone(), settings);
        Self { ledger, settings }
    }

    /// Records the lists of payouts that have none yet, and make their amount. What is
    /// refused is noted, and shows in the comparison as what it is.
    pub(super) async fn adopt(&self, lists: &[List], tally: &mut Tally) -> Result<(), Failure> {
        let books = Books::new(self.ledger.database(), &self.settings.tenant);
        let (mut payouts, mut items) = tally.recorded.unwrap_or_default();
        let known = books.known(lists).await.map_err(explain)?;
        let wanted = lists.iter().zip(known).filter(|(list, known)| {
            known
                .as_ref()
                .is_some_and(|payout| payout.origin == Origin::Stripe && payout.item_count == 0)
                && domain::reconcile::list(&list.items, known.as_ref()) == Verdict::Matched
        });
        let mut replies = stream::iter(wanted)
            .map(async |(list, _)| (list, self.record(list).await))
            .buffered(AT_ONCE);
        while let Some((list, reply)) = replies.next().await {
            match reply {
                Reply::Accepted(_) => {
                    payouts += 1;
                    items += list.items.len() as u64;
                }
                Reply::Refused(refusal) => tally
                    .notes
                    .push(format!("{}: items not recorded: {refusal}", list.payout)),
            }
        }
        tally.recorded = Some((payouts, items));
        Ok(())
    }

    async fn record(&self, list: &List) -> Reply {
        let command = RecordPayoutItems {
            payout_id: None,
            stripe_payout_id: Some(list.payout.clone()),
            items: list.items.clone(),
        };
        let request = Request {
            tenant: self.settings.tenant.clone(),
            command: Command::RecordPayoutItems(command),
            // The same list again changes nothing, so it needs no key.
            key: None,
        };
        self.ledger.execute(request).await
    }

    /// Ends the ledger.
    pub(super) async fn close(self) {
        self.ledger.close().await;
    }
}
