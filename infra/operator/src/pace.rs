//! A read of a whole table, or the writes of a file: at a rate that leaves room for the users, and with its progress.

use std::time::Duration;

use tokio::time::Instant;

use crate::output::tell;

/// How often the progress is told.
const EVERY: Duration = Duration::from_secs(5);
/// The write request units of a change of a user: each of three items takes two in a transaction.
pub(crate) const UNITS_OF_A_USER: u32 = 6;
/// What was not used of the rate for longer than this is lost. So there is no burst after a pause.
const BURST: Duration = Duration::from_secs(1);

/// The progress of a command.
pub(crate) struct Pace {
    /// The most request units a second.
    rate: f64,
    /// The number of items, as far as it is known.
    total: u64,
    /// Whether it writes.
    is_writing: bool,
    began: Instant,
    /// When the units so far are used up.
    next: Instant,
    told: Instant,
    read: u64,
    units: f64,
}

impl Pace {
    /// Reads of a table, which has about this number of items.
    pub(crate) fn new(rate: u32, total: u64) -> Self {
        let began = Instant::now();
        let (next, told) = (began, began);
        Self { rate: rate.into(), total, is_writing: false, began, next, told, read: 0, units: 0.0 }
    }

    /// Writes of this number of users.
    pub(crate) fn of_writes(rate: u32, total: u64) -> Self {
        Self { is_writing: true, ..Self::new(rate, total) }
    }

    /// Counts a page.
    pub(crate) fn count(&mut self, read: u64, units: f64) {
        self.read += read;
        self.units += units;
        let earliest = Instant::now().checked_sub(BURST).unwrap_or(self.next);
        self.next = self.next.max(earliest) + Duration::from_secs_f64(units / self.rate);
    }

    /// Waits until the next page keeps to the rate, and tells the progress from time to time.
    pub(crate) async fn wait(&mut self, found: u64) {
        loop {
            if self.told.elapsed() >= EVERY {
                self.told = Instant::now();
                tell(&format!("latchkey: {}", self.progress(found)));
            }
            if Instant::now() >= self.next {
                return;
            }
            tokio::time::sleep_until(self.next.min(self.told + EVERY)).await;
        }
    }

    fn progress(&self, found: u64) -> String {
        let Self { total, read, units, .. } = self;
        let done = if self.is_writing {
            format!("{read} of {total} users, {found} imported, {units:.0} write units")
        } else {
            format!("{read} of about {total} items read, {found} found, {units:.0} read units")
        };
        let passed = self.began.elapsed().as_secs();
        let left =
            passed.checked_mul(total.saturating_sub(*read)).and_then(|product| product.checked_div(*read));
        let left = left.filter(|left| *left > 0).map(|left| format!(", {} min left", left.div_ceil(60)));
        done + &left.unwrap_or_default()
    }

    /// What it took.
    pub(crate) fn sum(&self) -> String {
        let Self { read, units, .. } = self;
        let seconds = self.began.elapsed().as_secs_f64();
        let (items, kind) = if self.is_writing { ("users", "write") } else { ("items read", "read") };
        format!("{read} {items}, {units:.1} {kind} units, {seconds:.1} s")
    }
}
