//! Wrong passwords in a row.

use serde::Deserialize;

use crate::config::{ConfigError, Environment};
use crate::time::{Seconds, Timestamp};

/// A counter is forgotten this long after the last failure, by our clock.
pub const FORGOTTEN_AFTER: Seconds = Seconds(30 * 86_400);

/// Wrong passwords in a row: some are free, then each costs a wait, twice as long as the one before.
/// NIST SP 800-63B-4, 3.2.2 and OWASP's authentication cheat sheet, "login throttling".
#[derive(Debug, Clone, Copy)]
pub struct FailureLimit {
    /// So many failures cost nothing.
    pub free: u32,
    /// The wait after the last free one.
    pub first_wait: Seconds,
    /// No wait is longer.
    pub longest_wait: Seconds,
    /// After so many failures every attempt is refused, until an operator deletes the counter.
    pub disable_at: Option<u32>,
}

/// A counter of failures, as its row says. An attempt under way counts until it has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Failures {
    /// How many in a row.
    pub failures: u32,
    /// When the last of them was.
    pub last_at: Timestamp,
    /// When they are forgotten; never, once they have disabled the identifier.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// What becomes of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is among the free ones.
    Free,
    /// It is the first after everything was forgotten.
    First,
    /// It is the one after the wait.
    Next,
    /// It is refused for so long.
    Refused(Seconds),
}

impl FailureLimit {
    /// `LOGIN_FREE_FAILURES`, `LOGIN_FIRST_WAIT_SECONDS`, `LOGIN_LONGEST_WAIT_SECONDS`, `LOGIN_DISABLE_AT`.
    ///
    /// # Errors
    /// When one is out of its range, the first wait is longer than the longest, or failures disable that are free.
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

    /// What becomes of an attempt that finds this row.
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
        let until = found.last_at + self.wait(found.failures);
        if now < until { Attempt::Refused(until - now) } else { Attempt::Next }
    }

    /// The row after another failure.
    #[must_use]
    pub fn after(&self, failures: u32, now: Timestamp) -> Failures {
        let is_disabled = self.disable_at.is_some_and(|limit| failures >= limit);
        let expires_at = (!is_disabled).then_some(now + FORGOTTEN_AFTER);
        Failures { failures, last_at: now, expires_at }
    }

    /// How long the attempt after so many failures has to wait.
    fn wait(&self, failures: u32) -> Seconds {
        let doublings = failures.saturating_sub(self.free);
        let factor = 2_i64.checked_pow(doublings);
        let wait = factor.and_then(|factor| self.first_wait.0.checked_mul(factor));
        wait.map_or(self.longest_wait, Seconds).min(self.longest_wait)
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
    fn ten_failures_are_free_and_then_the_waits_double_up_to_an_hour() {
        // Somebody tries the moment it is allowed.
        let mut now = at(0);
        let mut tried = Vec::new();
        let mut row = LIMIT.after(0, now);
        for _ in 0..24 {
            if let Attempt::Refused(wait) = LIMIT.attempt(&row, now) {
                now = now + wait;
            }
            assert_ne!(LIMIT.attempt(&row, now), Attempt::First);
            tried.push(now.as_seconds());
            row = LIMIT.after(row.failures + 1, now);
        }
        let waits = [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600];
        let mut expected = vec![0; 10];
        expected.extend(waits.iter().scan(0, |sum, wait| {
            *sum += wait;
            Some(*sum)
        }));
        assert_eq!(tried, expected);
        assert_eq!(tried.iter().filter(|time| **time <= 64 * 60).count(), 17);
    }

    #[test]
    fn failures_are_forgotten_after_thirty_days_unless_they_disabled_the_identifier() {
        let row = LIMIT.after(49, at(0));
        assert_eq!(LIMIT.attempt(&row, at(FORGOTTEN_AFTER.0 - 1)), Attempt::Next);
        assert_eq!(LIMIT.attempt(&row, at(FORGOTTEN_AFTER.0)), Attempt::First);
        let row = LIMIT.after(50, at(0));
        assert_eq!(LIMIT.attempt(&row, at(1_000 * FORGOTTEN_AFTER.0)), Attempt::Refused(LIMIT.longest_wait));
        let never = FailureLimit { disable_at: None, ..LIMIT };
        let row = never.after(u32::MAX, at(0));
        assert_eq!(never.attempt(&row, at(3_599)), Attempt::Refused(Seconds(1)));
        assert_eq!(never.attempt(&row, at(3_600)), Attempt::Next);
    }
}
