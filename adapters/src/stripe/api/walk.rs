//! Lists, page by page: a page is in memory, never the list.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Api, Unanswered};

/// Objects on a page: Stripe's limit.
const PAGE: &str = "100";

/// A way through a list, newest first.
#[derive(Debug)]
pub struct Walk {
    api: Api,
    path: &'static str,
    account: Option<String>,
    filter: Vec<(&'static str, String)>,
    next: Next,
}

#[derive(Debug)]
enum Next {
    First,
    After(String),
    End,
}

/// A page, as Stripe answers it; each object as it came.
#[derive(Debug, Deserialize)]
struct List {
    data: Vec<Box<RawValue>>,
    has_more: bool,
}

impl Api {
    /// Begins a way through a list. Nothing is asked yet.
    #[must_use]
    pub fn walk(
        &self,
        path: &'static str,
        account: Option<&str>,
        filter: &[(&'static str, &str)],
    ) -> Walk {
        let owned = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
        Walk {
            api: self.clone(),
            path,
            account: account.map(str::to_owned),
            filter: filter.iter().map(owned).collect(),
            next: Next::First,
        }
    }
}

impl Walk {
    /// The next page; none when there are no more.
    ///
    /// # Errors
    /// When it is not answered. The same page can be asked for again.
    pub async fn page(&mut self) -> Result<Option<Vec<Box<RawValue>>>, Unanswered> {
        let after = match &self.next {
            Next::First => None,
            Next::After(last) => Some(last.as_str()),
            Next::End => return Ok(None),
        };
        let mut query = vec![("limit", PAGE)];
        let filter = self.filter.iter();
        query.extend(filter.map(|(name, value)| (*name, value.as_str())));
        query.extend(after.map(|last| ("starting_after", last)));
        let account = self.account.as_deref();
        let body = self.api.ask(self.path, account, &query).await?;
        let list: List = serde_json::from_slice(&body)
            .map_err(|error| Unanswered::Trouble(format!("its list is not one: {error}")))?;
        self.next = match list.data.last().map(|object| id_of(object)) {
            _ if !list.has_more => Next::End,
            Some(Some(last)) if after == Some(&last) => {
                return Err(Unanswered::Trouble("its list has no end".to_owned()));
            }
            Some(Some(last)) => Next::After(last),
            Some(None) => return Err(Unanswered::Trouble("an object has no id".to_owned())),
            // To take that for the end would hide what comes after.
            None => return Err(Unanswered::Trouble("a page has nothing on it".to_owned())),
        };
        Ok(Some(list.data))
    }
}

/// The `id` of an object.
#[must_use]
pub fn id_of(object: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    serde_json::from_str::<Named>(object.get())
        .ok()
        .map(|named| named.id)
}
