//! A read of a whole table: at a rate that leaves room for the users, and with its progress.

use std::time::Duration;

use tokio::time::Instant;

use crate::output::tell;

/// How often the progress is told.
const EVERY: Duration = Duration::from_secs(5);

/// The progress of a read.
pub(crate) struct Pace {
    /// The most read request units a second.
    rate: f64,
    /// The number of items, as far as it is known.
    total: u64,
    began: Instant,
    told: Instant,
    read: u64,
    units: f64,
}

impl Pace {
    pub(crate) fn new(rate: u32, total: u64) -> Self {
        let began = Instant::now();
        Self { rate: rate.into(), total, began, told: began, read: 0, units: 0.0 }
    }

    /// Counts a page.
    pub(crate) fn count(&mut self, read: u64, units: f64) {
        self.read += read;
        self.units += units;
    }

    /// Waits until the next page keeps to the rate, and tells the progress from time to time.
    pub(crate) async fn wait(&mut self, found: u64) {
        let next = self.began + Duration::from_secs_f64(self.units / self.rate);
        loop {
            if self.told.elapsed() >= EVERY {
                self.told = Instant::now();
                let (read, total, units) = (self.read, self.total, self.units);
                tell(&format!(
                    "latchkey: {read} of about {total} items read, {found} found, {units:.0} read units"
                ));
            }
            if Instant::now() >= next {
                return;
            }
            tokio::time::sleep_until(next.min(self.told + EVERY)).await;
        }
    }

    /// What the read took.
    pub(crate) fn sum(&self) -> String {
        let seconds = self.began.elapsed().as_secs_f64();
        format!("{} items read, {:.1} read units, {seconds:.1} s", self.read, self.units)
    }
}
