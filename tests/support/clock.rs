//! A clock that stands still where a test puts it, for a process of its own.

use crate::{Launch, environment};
use std::path::PathBuf;
use tempfile::TempDir;

/// A clock for one process; its timers go on as ever.
///
/// The process is started under libfaketime, which looks into a file whenever the time is asked.
pub struct FakeClock {
    folder: TempDir,
}

impl FakeClock {
    /// A clock at this moment, in Unix seconds.
    pub fn at(secs: i64) -> Self {
        let folder = TempDir::with_prefix("payoutd-clock.").expect("a throw-away folder");
        let clock = Self { folder };
        clock.set(secs);
        clock
    }

    /// Puts it elsewhere, at once.
    pub fn set(&self, secs: i64) {
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("{secs}\n")).expect("a file");
        std::fs::rename(next, self.file()).expect("the file is replaced");
    }

    /// Lets a process live by this clock.
    pub fn rule(&self, launch: Launch) -> Launch {
        launch
            .env("LD_PRELOAD", environment::required("PAYOUTD_TEST_FAKETIME"))
            .env("FAKETIME_TIMESTAMP_FILE", self.file())
            .env("FAKETIME_FMT", "%s")
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("TZ", "UTC")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("now")
    }
}
