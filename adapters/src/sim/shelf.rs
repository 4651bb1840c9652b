//! Objects in the order they were made, found by id and listed by account.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Owner, error::ApiError, form::Form};

/// What can be put on a shelf.
pub(super) trait Kept {
    /// What it is called in errors.
    const WHAT: &'static str;
    /// `po_…`, `tr_…`, …
    fn id(&self) -> &str;
    /// In whose account it is.
    fn owner(&self) -> &Owner;
    /// As the API shows it.
    fn json(&self) -> Value;
}

/// Nothing is ever taken off.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    items: Vec<T>,
    by_id: HashMap<String, usize>,
    by_owner: HashMap<Owner, Vec<usize>>,
}

/// Which part of a list is asked for.
pub(super) struct Paging {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
}

impl Paging {
    /// `limit`, `starting_after`, `ending_before`.
    pub(super) fn take(form: &mut Form) -> Result<Self, ApiError> {
        let limit = form.whole("limit")?.unwrap_or(10);
        let (after, before) = (form.text("starting_after")?, form.text("ending_before")?);
        if !(1..=100).contains(&limit) {
            let message = "The limit must be between 1 and 100.";
            return Err(ApiError::parameter(
                "parameter_invalid_integer",
                "limit",
                message,
            ));
        }
        if after.is_some() && before.is_some() {
            let message = "Give starting_after or ending_before, not both.";
            return Err(ApiError::parameter(
                "parameters_exclusive",
                "starting_after",
                message,
            ));
        }
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(10),
            after,
            before,
        })
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            by_id: HashMap::new(),
            by_owner: HashMap::new(),
        }
    }
}

impl<T: Kept> Shelf<T> {
    /// Puts it at the end, and says where that is.
    pub(super) fn put(&mut self, item: T) -> usize {
        let at = self.items.len();
        self.by_id.insert(item.id().to_owned(), at);
        self.by_owner
            .entry(item.owner().clone())
            .or_default()
            .push(at);
        self.items.push(item);
        at
    }

    pub(super) fn all(&self) -> &[T] {
        &self.items
    }

    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(super) fn at(&self, place: usize) -> Option<&T> {
        self.items.get(place)
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut T> {
        self.items.get_mut(place)
    }

    /// Where it is, if it is this account's.
    pub(super) fn of(&self, owner: &Owner, id: &str) -> Option<usize> {
        let place = self.place(id)?;
        (self.items[place].owner() == owner).then_some(place)
    }

    /// A page of an account's list, newest first.
    pub(super) fn page(
        &self,
        owner: &Owner,
        url: &str,
        paging: &Paging,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Value, ApiError> {
        let none = Vec::new();
        let mine = self.by_owner.get(owner).unwrap_or(&none);
        let edge = |id: &Option<String>, param| match id {
            Some(id) => match self.of(owner, id) {
                Some(place) => Ok(Some(place)),
                None => Err(ApiError::missing(T::WHAT, id, param)),
            },
            None => Ok(None),
        };
        let after = edge(&paging.after, "starting_after")?;
        let before = edge(&paging.before, "ending_before")?;
        let end = mine.partition_point(|place| after.is_none_or(|after| *place < after));
        let start = mine.partition_point(|place| before.is_some_and(|before| *place <= before));
        let range = mine.get(start..end).unwrap_or_default();
        let found = range
            .iter()
            .map(|place| &self.items[*place])
            .filter(|item| wanted(item));
        // One more than asked for tells whether there are more.
        let mut page: Vec<&T> = if before.is_some() {
            found.take(paging.limit + 1).collect()
        } else {
            found.rev().take(paging.limit + 1).collect()
        };
        let has_more = page.len() > paging.limit;
        page.truncate(paging.limit);
        if before.is_some() {
            page.reverse();
        }
        let data: Vec<Value> = page.into_iter().map(Kept::json).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
    }
}
