//! Lists as a whole, to be kept: all rows that a filter lets through, as they were at one moment,
//! as CSV or JSON, in constant memory.
//!
//! A page's worth of rows is written when the one before was taken. Who does not take it in time
//! is left: a moment of the database is held for as long as a copy lasts.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::{Code, Refusal, id::Tenant};
use futures::{TryFutureExt, stream};
use projections::query::{Pages, QueryError, Table};
use serde_json::{Map, Value as Json};
use store::error::chain;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tracing::warn;

use super::{App, busy, turn::in_time};
use crate::{
    http::{problem::Problem, seats::AtWork},
    queries, sheet,
};

/// The parameter that asks for one.
pub(in crate::http) const FORMAT: &str = "format";
/// How long somebody may take to take what is ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a copy is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Form {
    /// A line of names, and one for each row.
    Csv,
    /// One array.
    Json,
    /// One object a line.
    JsonLines,
}

impl Form {
    /// All there are.
    pub(in crate::http) const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::JsonLines];

    /// What callers call it, and the end of a file's name.
    pub(in crate::http) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
        }
    }

    /// Its media type.
    pub(in crate::http) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    /// What a caller wants instead of a page: by the parameter, else by the header, which
    /// cannot ask for an array.
    pub(super) fn wanted(
        headers: &HeaderMap,
        fields: &mut Map<String, Json>,
    ) -> Result<Option<Self>, Refusal> {
        if let Some(named) = fields.remove(FORMAT) {
            let form = Self::ALL.into_iter().find(|form| named == form.name());
            return form
                .map(Some)
                .ok_or_else(|| Refusal::new(Code::InvalidCommand, "format: csv, json or jsonl"));
        }
        let accepted = headers
            .get(ACCEPT)
            .and_then(|accepted| accepted.to_str().ok());
        let forms = [Self::Csv, Self::JsonLines];
        Ok(forms
            .into_iter()
            .find(|form| accepted == Some(form.media_type())))
    }
}

/// Begins a copy of the rows that these fields ask for.
pub(super) async fn send(
    app: &App,
    (table, form): (Table, Form),
    (tenant, fields): (&Tenant, Map<String, Json>),
    seat: Option<AtWork>,
) -> Result<Response, Problem> {
    let place = Arc::clone(&app.api.copies).try_acquire_owned();
    let place = place.map_err(|_| busy("too many copies are being made already; try again"))?;
    let mut filter = queries::filter(tenant, fields)?;
    let limit = filter.limit.take().map(u64::from);
    let beginning = Pages::begin(app.ledger.database(), table, filter, limit);
    let beginning = beginning.map_err(|error| queries::refused(&error));
    let pages = in_time(app, beginning).await?;
    let (parts, taken) = mpsc::channel(1);
    let copy = Copy {
        sheet: Sheet::new(table, form),
        parts,
        _held: (seat, place),
    };
    let stop = app.shutdown.clone();
    app.taking.spawn(async move {
        tokio::select! {
            () = copy.run(pages) => {}
            () = stop.cancelled() => {}
        }
    });
    let body = stream::unfold(Some(taken), |taken| async move {
        let mut taken: mpsc::Receiver<Part> = taken?;
        match taken.recv().await {
            Some(Part::Rows(bytes)) => Some((Ok(bytes), Some(taken))),
            Some(Part::End) => None,
            // The caller finds that the answer has no end.
            None => Some((Err(io::Error::from(io::ErrorKind::BrokenPipe)), None)),
        }
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    let file = format!("attachment; filename=\"{}.{}\"", table.name(), form.name());
    if let Ok(file) = HeaderValue::from_str(&file) {
        headers.insert(CONTENT_DISPOSITION, file);
    }
    Ok(response)
}

enum Part {
    Rows(Bytes),
    /// Nothing is missing.
    End,
}

/// A copy that is being made.
struct Copy {
    sheet: Sheet,
    parts: mpsc::Sender<Part>,
    _held: (Option<AtWork>, OwnedSemaphorePermit),
}

impl Copy {
    async fn run(mut self, mut pages: Pages) {
        match self.write(&mut pages).await {
            Ok(()) => {
                let _ = pages.end().await;
            }
            Err(Unfinished::Failed(error)) => {
                warn!(error = chain(&error), "a copy did not come to its end");
            }
            Err(Unfinished::Left | Unfinished::Unwritten) => {}
        }
    }

    async fn write(&mut self, pages: &mut Pages) -> Result<(), Unfinished> {
        self.hand_over(Part::Rows(self.sheet.head()?)).await?;
        while let Some(page) = pages.next().await.map_err(Unfinished::Failed)? {
            let rows = self.sheet.rows(&page.rows)?;
            self.hand_over(Part::Rows(rows)).await?;
        }
        self.hand_over(Part::Rows(self.sheet.end())).await?;
        self.hand_over(Part::End).await
    }

    async fn hand_over(&self, part: Part) -> Result<(), Unfinished> {
        if matches!(&part, Part::Rows(bytes) if bytes.is_empty()) {
            return Ok(());
        }
        match tokio::time::timeout(PATIENCE, self.parts.send(part)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Unfinished::Left),
        }
    }
}

/// Why a copy has no end.
enum Unfinished {
    /// Nobody takes it.
    Left,
    /// It cannot be written.
    Unwritten,
    /// The database failed.
    Failed(QueryError),
}

/// Rows as text.
struct Sheet {
    form: Form,
    headings: Vec<&'static str>,
    is_first: bool,
}

impl Sheet {
    fn new(table: Table, form: Form) -> Self {
        Self {
            form,
            headings: sheet::headings(table.columns()),
            is_first: true,
        }
    }

    fn head(&self) -> Result<Bytes, Unfinished> {
        match self.form {
            Form::Csv => csv([self.headings.clone()]),
            Form::Json => Ok(Bytes::from_static(b"[")),
            Form::JsonLines => Ok(Bytes::new()),
        }
    }

    fn rows(&mut self, rows: &[Map<String, Json>]) -> Result<Bytes, Unfinished> {
        if self.form == Form::Csv {
            return csv(rows.iter().map(|row| sheet::record(&self.headings, row)));
        }
        let mut text = Vec::new();
        for row in rows {
            match self.form {
                Form::Json if self.is_first => text.push(b'\n'),
                Form::Json => text.extend(b",\n"),
                Form::Csv | Form::JsonLines => {}
            }
            self.is_first = false;
            serde_json::to_writer(&mut text, row).map_err(|_| Unfinished::Unwritten)?;
            if self.form == Form::JsonLines {
                text.push(b'\n');
            }
        }
        Ok(text.into())
    }

    fn end(&self) -> Bytes {
        match self.form {
            Form::Json => Bytes::from_static(b"\n]\n"),
            Form::Csv | Form::JsonLines => Bytes::new(),
        }
    }
}

fn csv<R, C>(records: impl IntoIterator<Item = R>) -> Result<Bytes, Unfinished>
where
    R: IntoIterator<Item = C>,
    C: AsRef<[u8]>,
{
    let mut sheet = csv::Writer::from_writer(Vec::new());
    for record in records {
        sheet
            .write_record(record)
            .map_err(|_| Unfinished::Unwritten)?;
    }
    let text = sheet.into_inner().map_err(|_| Unfinished::Unwritten)?;
    Ok(text.into())
}
