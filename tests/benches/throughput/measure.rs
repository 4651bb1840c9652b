//! Figures and the table they are printed in.

use std::time::Duration;

use hdrhistogram::Histogram;

/// What was measured of one load.
#[derive(Debug)]
pub struct Measured {
    /// Completed a second.
    pub rate: f64,
    /// Latencies, in microseconds.
    pub p50_us: f64,
    pub p99_us: f64,
}

impl Measured {
    /// From the latencies of everything that completed within a time.
    pub fn new(latencies: &Histogram<u64>, elapsed: Duration) -> Self {
        let measured = Self {
            rate: latencies.len() as f64 / elapsed.as_secs_f64(),
            p50_us: latencies.value_at_quantile(0.5) as f64,
            p99_us: latencies.value_at_quantile(0.99) as f64,
        };
        eprintln!("… {measured:?}");
        measured
    }
}

/// A histogram of microseconds, up to a minute.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are in order")
}

/// A line of the table.
pub struct Figures {
    name: &'static str,
    rate: f64,
    p50_us: f64,
    p99_us: f64,
    ratio: Option<f64>,
    target: Option<f64>,
}

impl Figures {
    /// A line that others are compared with.
    pub fn floor(name: &'static str, measured: &Measured) -> Self {
        Self::of(name, measured, None, None)
    }

    /// A line beside its floor.
    pub fn against(
        name: &'static str,
        measured: &Measured,
        floor: &Measured,
        target: Option<f64>,
    ) -> Self {
        Self::of(name, measured, Some(measured.rate / floor.rate), target)
    }

    fn of(
        name: &'static str,
        measured: &Measured,
        ratio: Option<f64>,
        target: Option<f64>,
    ) -> Self {
        let Measured {
            rate,
            p50_us,
            p99_us,
        } = *measured;
        Self {
            name,
            rate,
            p50_us,
            p99_us,
            ratio,
            target,
        }
    }
}

/// Prints the lines.
pub fn table(lines: &[Figures]) {
    let ratio = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
    println!(
        "\n{:<38} {:>10} {:>10} {:>10} {:>8} {:>8}",
        "load", "a second", "p50 ms", "p99 ms", "ratio", "target"
    );
    for line in lines {
        println!(
            "{:<38} {:>10.0} {:>10.2} {:>10.2} {:>8} {:>8}",
            line.name,
            line.rate,
            line.p50_us / 1000.0,
            line.p99_us / 1000.0,
            ratio(line.ratio),
            ratio(line.target)
        );
    }
}
