//! Each outside name belongs to the stream whose event has claimed it.
//!
//! Names of the log and names of the table are added up by their hashes, as tables are that
//! are compared. Only if the sums differ is the log read once more for the offender.

use std::collections::HashMap;

use domain::id::Tenant;
use futures::StreamExt;
use store::{Cursor, Recorded, StoreError, Tx, Value, log};

use super::law::Law;
use crate::{compare::Tally, statements};

const NAME: &str = "every outside name belongs to the stream that claimed it";
/// Events that are looked at at once, when something is wrong.
const PAGE: u32 = 2_000;

/// Names as the log tells.
pub(super) struct Claims {
    tally: Tally,
}

impl Claims {
    pub(super) fn new() -> Self {
        Self {
            tally: Tally::new(),
        }
    }

    pub(super) fn take(&mut self, recorded: &Recorded) {
        if let Some(claim) = claim(recorded) {
            self.tally.add(&claim.bytes());
        }
    }

    /// Holds them against the table.
    pub(super) async fn law(self, live: &mut Tx, tenant: &Tenant) -> Result<Law, StoreError> {
        let mut table = self.tally.empty();
        let values = [Value::Text(tenant.as_str())];
        let mut rows = live.scan(&statements::SCAN_ALIASES, &values);
        while let Some(row) = rows.next().await {
            table.add(&Claim::from_row(&row?)?.bytes());
        }
        drop(rows);
        let offender = if table == self.tally {
            None
        } else {
            Some(offender(live, tenant).await?)
        };
        Ok(Law::new(NAME, self.tally.rows(), offender))
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Claim {
    alias: String,
    stream: String,
    fingerprint: String,
}

impl Claim {
    fn from_row(row: &store::Row) -> Result<Self, StoreError> {
        Ok(Self {
            alias: row.text("alias")?,
            stream: row.text("stream")?,
            fingerprint: row.text("fingerprint")?,
        })
    }

    /// No part of it has a line break.
    fn bytes(&self) -> Vec<u8> {
        format!("{}\n{}\n{}", self.alias, self.stream, self.fingerprint).into_bytes()
    }
}

fn claim(recorded: &Recorded) -> Option<Claim> {
    let (alias, fingerprint) = recorded.event.claims()?;
    Some(Claim {
        alias: alias.to_string(),
        stream: recorded.stream.to_string(),
        fingerprint: fingerprint.as_str().to_owned(),
    })
}

/// The first name of the log that the table has otherwise. If there is none, the table has
/// names that nobody has claimed.
async fn offender(live: &mut Tx, tenant: &Tenant) -> Result<String, StoreError> {
    let mut after = Cursor::START;
    loop {
        let page = log::snapshot_stored(live, tenant, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok("the table has names that no event has claimed".to_owned());
        };
        after = last.cursor;
        let claims: Vec<_> = page
            .into_iter()
            .filter_map(|stored| claim(&stored.decode().ok()?))
            .collect();
        let names = claims.iter().map(|claim| claim.alias.as_str()).collect();
        let values = [Value::Text(tenant.as_str()), Value::Texts(names)];
        let rows = live.fetch(&statements::FIND_ALIASES, &values).await?;
        let mut owners = HashMap::new();
        for row in &rows {
            let owner = Claim::from_row(row)?;
            owners.insert(owner.alias.clone(), owner);
        }
        for claim in claims {
            match owners.get(&claim.alias) {
                Some(owner) if *owner == claim => {}
                Some(owner) => {
                    return Ok(format!(
                        "{} was claimed by {}, and belongs to {} in the table",
                        claim.alias, claim.stream, owner.stream
                    ));
                }
                None => {
                    return Ok(format!(
                        "{} was claimed by {}, and is not in the table",
                        claim.alias, claim.stream
                    ));
                }
            }
        }
    }
}
