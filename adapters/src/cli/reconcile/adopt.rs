//! Gives payouts that Stripe made by itself their items, from its report.

use domain::{Command, command::RecordPayoutItems, payout::Origin, reconcile::Verdict};
use projections::reconcile::{Books, List, PAGE};
use store::{Database, Ledger, Reply, Request};

use super::tally::Tally;
use crate::{cli::query::explain, config::Settings, failure::Failure, ledger};

/// Records the lists of payouts that have none yet, and make their amount. What is
/// refused is noted, and shows in the comparison as what it is.
pub(super) async fn adopt(
    database: &Database,
    settings: &Settings,
    lists: &[List],
    tally: &mut Tally,
) -> Result<(), Failure> {
    let books = Books::new(database, &settings.tenant);
    let ledger = ledger::start(database.clone(), settings);
    let (mut payouts, mut items) = (0, 0);
    for page in lists.chunks(PAGE) {
        let known = books.known(page).await.map_err(explain)?;
        for (list, known) in page.iter().zip(known) {
            let verdict = domain::reconcile::list(&list.items, known.as_ref());
            let bare = known
                .is_some_and(|payout| payout.origin == Origin::Stripe && payout.item_count == 0);
            if !bare || verdict != Verdict::Matched {
                continue;
            }
            match record(&ledger, settings, list).await {
                Reply::Accepted(_) => {
                    payouts += 1;
                    items += list.items.len() as u64;
                }
                Reply::Refused(refusal) => tally
                    .notes
                    .push(format!("{}: items not recorded: {refusal}", list.payout)),
            }
        }
    }
    ledger.close().await;
    tally.recorded = Some((payouts, items));
    Ok(())
}

async fn record(ledger: &Ledger, settings: &Settings, list: &List) -> Reply {
    let command = RecordPayoutItems {
        payout_id: None,
        stripe_payout_id: Some(list.payout.clone()),
        items: list.items.clone(),
    };
    let request = Request {
        tenant: settings.tenant.clone(),
        command: Command::RecordPayoutItems(command),
        // The same list again changes nothing, so it needs no key.
        key: None,
    };
    ledger.execute(request).await
}
