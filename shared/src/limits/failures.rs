//! The limit on consecutive wrong passwords.

use serde::Deserialize;

use crate::config::{ConfigError, Environment};
use crate::time::{Seconds, Timestamp};

/// A counter counts as empty this long after the last failure, by Latchkey's clock.
pub const FORGOTTEN_AFTER: Seconds = Seconds(30 * 86_400);

/// The limit on consecutive wrong passwords. Some are free. After them, each causes a delay, which doubles every time
/// (NIST SP 800-63B-4, 3.2.2; OWASP's authentication cheat sheet, "login throttling").
#[derive(Debug, Clone, Copy)]
pub struct FailureLimit {
    /// The number of failures that cause no delay.
    pub free: u32,
    /// The delay after the last free failure.
    pub first_wait: Seconds,
    /// The longest delay.
    pub longest_wait: Seconds,
    /// The number of failures after which every attempt is refused, until an operator deletes the counter.
    pub disable_at: Option<u32>,
}

/// A counter of failures, as its item holds it. An attempt that is under way counts as a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Failures {
    /// The number of consecutive failures.
    pub failures: u32,
    /// The time of the last failure.
    pub last_at: Timestamp,
    /// From this time on the counter counts as empty. `None` if the failures have disabled the identifier.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// What the limit decides about an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is allowed, as one of the free ones.
    Free,
    /// It is allowed, as the first one after the counter expired.
    First,
    /// It is allowed, because the delay is over.
    Next,
    /// It is refused for this long.
    Refused(Seconds),
}

impl FailureLimit {
    /// Reads `LOGIN_FREE_FAILURES` (default 10), `LOGIN_FIRST_WAIT_SECONDS` (30), `LOGIN_LONGEST_WAIT_SECONDS` (3600)
    /// and `LOGIN_DISABLE_AT` (0, which means never).
    ///
    /// # Errors
    /// When a value is out of its range, when the first delay is longer than the longest one, or when
    /// `LOGIN_DISABLE_AT` is not more than the free failures.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let free = environment.number("LOGIN_FREE_FAILURES", 10, 1..=100)?;
        let first_wait = environment.number("LOGIN_FIRST_WAIT_SECONDS", 30, 1..=86_400).map(Seconds)?;
        let longest_wait =
            environment.number("LOGIN_LONGEST_WAIT_SECONDS", 3_600, 1..=86_400).map(Seconds)?;
        let disable_at = Some(environment.number("LOGIN_DISABLE_AT", 0, 0..=100)?).filter(|limit| *limit > 0);
        if first_wait > longest_wait {
            return Err(ConfigError::new(
                "LOGIN_FIRST_WAIT_SECONDS",
                "must be at most LOGIN_LONGEST_WAIT_SECONDS",
            ));
        }
        if disable_at.is_some_and(|limit| limit <= free) {
            return Err(ConfigError::new(
                "LOGIN_DISABLE_AT",
                "must be more than LOGIN_FREE_FAILURES, or 0 for never",
            ));
        }
        Ok(Self { free, first_wait, longest_wait, disable_at })
    }

    /// Decides about an attempt at `now` that finds this counter.
    #[must_use]
    pub fn attempt(&self, found: &Failures, now: Timestamp) -> Attempt {
        if found.expires_at.is_some_and(|end| end <= now) {
            return Attempt::First;
        }
        if self.disable_at.is_some_and(|limit| found.failures >= limit) {
            return Attempt::Refused(self.longest_wait);
        }
        if found.failures < self.free {
            return Attempt::Free;
        }
        let until = found.last_at + self.delay(found.failures);
        if now < until { Attempt::Refused(until - now) } else { Attempt::Next }
    }

    /// The counter after its failures have reached this number at `now`.
    #[must_use]
    pub fn after(&self, failures: u32, now: Timestamp) -> Failures {
        let is_disabled = self.disable_at.is_some_and(|limit| failures >= limit);
        let expires_at = (!is_disabled).then_some(now + FORGOTTEN_AFTER);
        Failures { failures, last_at: now, expires_at }
    }

    /// The delay after this number of failures.
    fn delay(&self, failures: u32) -> Seconds {
        let doublings = failures.saturating_sub(self.free);
        let factor = 2_i64.checked_pow(doublings);
        let delay = factor.and_then(|factor| self.first_wait.0.checked_mul(factor));
        delay.map_or(self.longest_wait, Seconds).min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: FailureLimit = FailureLimit {
        free: 10,
        first_wait: Seconds(30),
        longest_wait: Seconds(3_600),
        disable_at: Some(50),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn ten_failures_are_free_and_then_the_delays_double_up_to_an_hour() {
        // The attacker tries again as soon as it is allowed.
        let mut now = at(0);
        let mut tried = Vec::new();
        let mut counter = LIMIT.after(0, now);
        for _ in 0..24 {
            if let Attempt::Refused(delay) = LIMIT.attempt(&counter, now) {
                now = now + delay;
            }
            assert_ne!(LIMIT.attempt(&counter, now), Attempt::First);
            tried.push(now.as_seconds());
            counter = LIMIT.after(counter.failures + 1, now);
        }
        let delays = [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600];
        let mut expected = vec![0; 10];
        expected.extend(delays.iter().scan(0, |sum, delay| {
            *sum += delay;
            Some(*sum)
        }));
        assert_eq!(tried, expected);
        assert_eq!(tried.iter().filter(|time| **time <= 64 * 60).count(), 17);
    }

    #[test]
    fn failures_are_forgotten_after_thirty_days_unless_they_disabled_the_identifier() {
        let counter = LIMIT.after(49, at(0));
        assert_eq!(LIMIT.attempt(&counter, at(FORGOTTEN_AFTER.0 - 1)), Attempt::Next);
        assert_eq!(LIMIT.attempt(&counter, at(FORGOTTEN_AFTER.0)), Attempt::First);
        let disabled = LIMIT.after(50, at(0));
        let much_later = at(1_000 * FORGOTTEN_AFTER.0);
        assert_eq!(LIMIT.attempt(&disabled, much_later), Attempt::Refused(LIMIT.longest_wait));
        let never = FailureLimit { disable_at: None, ..LIMIT };
        let counter = never.after(u32::MAX, at(0));
        assert_eq!(never.attempt(&counter, at(3_599)), Attempt::Refused(Seconds(1)));
        assert_eq!(never.attempt(&counter, at(3_600)), Attempt::Next);
    }
}
