//! Where results go: stdout, which its reader may close at any time.

use std::io::{self, BufWriter, Stdout, Write};

use crate::failure::Failure;

/// Standard output. When nobody reads any more, what is written is dropped: that
/// is no failure, and the exit code still tells what happened.
#[derive(Debug)]
pub(super) struct Output {
    stdout: BufWriter<Stdout>,
    closed: bool,
}

impl Output {
    /// The process's own.
    pub(super) fn stdout() -> Self {
        Self {
            stdout: BufWriter::new(io::stdout()),
            closed: false,
        }
    }

    /// Writes a line.
    pub(super) fn line(&mut self, text: impl std::fmt::Display) -> Result<(), Failure> {
        writeln!(self, "{text}").map_err(Failure::output)
    }

    /// Writes a value as one line of JSON.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut *self, value)
            .map_err(|error| Failure::output(error.into()))
            .and_then(|()| self.line(""))
    }

    /// Hands on everything written so far.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.flush().map_err(Failure::output)
    }

    /// Whether its reader is gone.
    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }

    fn unless_closed<T>(&mut self, result: io::Result<T>, dropped: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(dropped)
            }
            result => result,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.stdout.write(bytes);
        self.unless_closed(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.stdout.flush();
        self.unless_closed(result, ())
    }
}
