//! Where findings go: printed as they come, in whichever form, without being kept.

use std::io::Write;

use super::{
    finding::{Finding, HEADINGS},
    tally::Tally,
};
use crate::{
    cli::{
        output::Output,
        render::{self, Form, Row},
    },
    failure::Failure,
};

/// The most rows of a table for people: more are counted, and not shown.
const MOST_ROWS: usize = 1_000;

/// Prints and counts findings.
pub(super) struct Sink<'o> {
    form: Form,
    /// Matches are printed, too.
    all: bool,
    out: &'o mut Output,
    table: Vec<Row>,
    printed: usize,
    /// What is counted.
    pub(super) tally: Tally,
}

impl<'o> Sink<'o> {
    /// Nothing found so far.
    pub(super) fn new(form: Form, all: bool, out: &'o mut Output) -> Self {
        Self {
            form,
            all,
            out,
            table: Vec::new(),
            printed: 0,
            tally: Tally::default(),
        }
    }

    /// One finding.
    pub(super) fn add(&mut self, finding: &Finding) -> Result<(), Failure> {
        self.tally.count(finding);
        if !self.all && finding.verdict == domain::reconcile::Verdict::Matched {
            return Ok(());
        }
        self.open()?;
        self.printed += 1;
        if self.form == Form::Table && self.table.len() == MOST_ROWS {
            return Ok(());
        }
        let row = finding.to_row();
        match self.form {
            Form::Table => self.table.push(row),
            Form::Json => {
                let comma = if self.printed == 1 { "" } else { "," };
                self.write(format_args!("{comma}{}", serde_json::Value::Object(row)))?;
            }
            Form::JsonLines => self.out.json(&row)?,
            Form::Csv => self.sheet(&render::record(&HEADINGS, &row))?,
        }
        Ok(())
    }

    /// What comes before the first finding.
    fn open(&mut self) -> Result<(), Failure> {
        match (self.form, self.printed) {
            (Form::Json, 0) => self.write(format_args!("{{\"findings\":[")),
            (Form::Csv, 0) => self.sheet(&HEADINGS.map(str::to_owned)),
            _ => Ok(()),
        }
    }

    /// Ends the list, and tells the sum. Where the list is for programs that take rows, the
    /// sum goes to stderr.
    pub(super) fn finish(mut self) -> Result<Tally, Failure> {
        self.open()?;
        match self.form {
            Form::Table => {
                if self.printed > 0 {
                    self.out.line(render::fitted(&HEADINGS, &self.table))?;
                    let hidden = self.printed - self.table.len();
                    if hidden > 0 {
                        let hint = "--jsonl or --csv prints all";
                        self.out.line(format_args!("… and {hidden} more; {hint}"))?;
                    }
                    self.out.line("")?;
                }
                self.out.line(&self.tally)?;
            }
            Form::Json => {
                let summary = self.tally.to_json();
                self.write(format_args!("],\"summary\":{summary}}}\n"))?;
            }
            Form::JsonLines | Form::Csv => {
                self.out.finish()?;
                eprintln!("{}", self.tally);
            }
        }
        Ok(self.tally)
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) -> Result<(), Failure> {
        self.out.write_fmt(text).map_err(Failure::output)
    }

    fn sheet(&mut self, cells: &[String]) -> Result<(), Failure> {
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record(cells)?;
        let bytes = line
            .into_inner()
            .map_err(|error| Failure::output(error.into_error()))?;
        self.out.write_all(&bytes).map_err(Failure::output)
    }
}
