//! What an import costs, and how long a login takes with its hashes.

use std::collections::BTreeMap;
use std::time::Duration;

use latchkey::password::{Password, PasswordHasher};
use serde::Serialize;
use tokio::time::Instant;

use crate::import::survey::Survey;
use crate::pace::UNITS_OF_A_USER;

/// The price of a million write request units in us-east-1, in dollars.
const DOLLARS: f64 = 0.625;
/// The most forms of which the time is measured. A file may have a form of its own for each user.
const MOST: usize = 50;
/// A floor is a multiple of this, in milliseconds.
const STEP: u64 = 50;

/// What the dry run says of an import.
#[derive(Debug, Default, Serialize)]
pub(super) struct Costs {
    /// How long this machine takes for a login with a hash of each form, in milliseconds.
    milliseconds: BTreeMap<String, u64>,
    /// The floor of refused logins that covers all of them on a slower machine, in milliseconds.
    pub floor: u64,
    /// The write request units.
    units: u64,
    dollars: f64,
    /// How long the import takes: by the rate, and for argon2id over weak hashes.
    seconds: u64,
    rate: u32,
}

impl Costs {
    /// Computes one hash of each form, and one of today's.
    pub(super) fn measure(survey: &Survey, hasher: &PasswordHasher, rate: u32) -> Self {
        let own = time_of(hasher, None);
        let of_form = |(form, sample): (&String, &String)| (form.clone(), time_of(hasher, Some(sample)));
        let times: BTreeMap<String, Duration> = survey.samples(MOST).into_iter().map(of_form).collect();
        let dearest = times.values().copied().chain([own]).max().unwrap_or_default();
        let units = survey.good.saturating_mul(UNITS_OF_A_USER.into());
        let wrapping = own.saturating_mul(u32::try_from(survey.weak()).unwrap_or(u32::MAX));
        let writing = Duration::from_secs(units / u64::from(rate));
        let milliseconds = times.into_iter().map(|(form, time)| (form, in_milliseconds(time)));
        Self {
            milliseconds: milliseconds.collect(),
            floor: (in_milliseconds(dearest) * 5 / 2).next_multiple_of(STEP),
            units,
            dollars: u32::try_from(units).map_or(f64::MAX, f64::from) / 1e6 * DOLLARS,
            seconds: wrapping.max(writing).as_secs(),
            rate,
        }
    }

    /// Whether a refused login takes longer than the floor on a machine like this one. There is room between this and
    /// what is recommended, because two measurements differ.
    pub(super) const fn is_too_low(&self, floor: u64) -> bool {
        floor < self.floor * 4 / 5
    }

    pub(super) fn lines(&self, floor: u64) -> String {
        let Self { milliseconds, units, dollars, seconds, rate, .. } = self;
        let forms =
            milliseconds.iter().map(|(form, time)| format!("  a login with {form} takes {time} ms here\n"));
        let forms = forms.collect::<String>();
        let advice = if self.is_too_low(floor) && !milliseconds.is_empty() {
            format!("Set LoginFloorMilliseconds to {} or more first (it is {floor}).\n", self.floor)
        } else {
            String::new()
        };
        let minutes = seconds.div_ceil(60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        // Only the database of `make dev` has no rate.
        let time = if *rate == u32::MAX {
            String::new()
        } else {
            format!(", {hours} h {minutes} min at {rate} units a second")
        };
        format!("{forms}{advice}{units} write request units, {dollars:.2} dollars{time}")
    }
}

/// How long a login takes that is refused, with the longest password: who guesses chooses the length.
fn time_of(hasher: &PasswordHasher, sample: Option<&String>) -> Duration {
    // Three code points of three bytes each, which are one character in NFC.
    let longest = "\u{1112}\u{1161}\u{11ab}".repeat(255);
    let Ok(password) = Password::parse(&longest) else { return Duration::ZERO };
    // A sample that cannot be computed is rejected when its user comes.
    let stored = sample.and_then(|sample| hasher.import(sample).ok());
    let began = Instant::now();
    let _ = hasher.matches_in_file(&password, stored.as_ref());
    began.elapsed()
}

fn in_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).saturating_add(1)
}
