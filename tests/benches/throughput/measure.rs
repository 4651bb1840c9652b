//! Figures and the table they are printed in.

use std::time::Duration;

use hdrhistogram::Histogram;

/// What was measured of one load, over all its turns.
#[derive(Debug)]
pub struct Measured {
    latencies: Histogram<u64>,
    /// Completed a second in each turn.
    rates: Vec<f64>,
}

impl Default for Measured {
    fn default() -> Self {
        Self {
            latencies: histogram(),
            rates: Vec::new(),
        }
    }
}

impl Measured {
    /// Takes a further turn in: its latencies in microseconds, and how long it took.
    pub fn add(&mut self, latencies: &Histogram<u64>, elapsed: Duration) {
        let rate = latencies.len() as f64 / elapsed.as_secs_f64();
        eprintln!("… {rate:.0} a second");
        self.latencies.add(latencies).expect("the same bounds");
        self.rates.push(rate);
    }

    /// Completed a second: the median of the turns.
    pub fn rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    }

    /// How long so many of all took at most, in milliseconds.
    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1000.0
    }
}

/// A histogram of microseconds, up to a minute.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are in order")
}

/// A line of the table.
pub struct Line<'m> {
    pub name: &'static str,
    pub measured: &'m Measured,
    /// What it is compared with, and how many times as fast it is to be.
    pub floor: Option<(&'m Measured, Option<f64>)>,
}

/// Prints the lines.
pub fn table(lines: &[Line<'_>]) {
    let shown = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.2}"));
    println!(
        "\n{:<38} {:>10} {:>10} {:>10} {:>8} {:>8}",
        "load", "a second", "p50 ms", "p99 ms", "ratio", "target"
    );
    for line in lines {
        let rate = line.measured.rate();
        println!(
            "{:<38} {:>10.0} {:>10.2} {:>10.2} {:>8} {:>8}",
            line.name,
            rate,
            line.measured.quantile_ms(0.5),
            line.measured.quantile_ms(0.99),
            shown(line.floor.map(|(floor, _)| rate / floor.rate())),
            shown(line.floor.and_then(|(_, target)| target)),
        );
    }
}
