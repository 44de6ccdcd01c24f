//! The limits on attempts, as rules without I/O: what is counted, what is free, and how long to wait.
//!
//! | counter | of | limits |
//! |---|---|---|
//! | failures | an identifier that was typed, whether or not anybody has it; or a device that is known | wrong passwords in a row ([`FailureLimit`]) |
//! | rates | an address | attempts over time, whatever becomes of them ([`RateLimit`]) |
//!
//! `store/limits` keeps both in the limits table, so that a new environment of Lambda forgets nothing.

use std::net::{IpAddr, Ipv6Addr};

use data_encoding::HEXLOWER;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::config::{ConfigError, Environment};
use crate::device::DeviceId;
use crate::identifier::Identifier;
use crate::time::{Seconds, Timestamp};

/// A counter is forgotten this long after the last failure, by our clock.
pub const FORGOTTEN_AFTER: Seconds = Seconds(30 * 86_400);

/// Leave to verify one password. Only a limiter gives it, for an attempt that it has counted, so that no route
/// can verify a password that anybody may guess at.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// For an attempt that was counted.
    pub(crate) fn of_counted_attempt() -> Self {
        Self(())
    }

    /// For tests of the hash itself.
    #[must_use]
    pub fn of_test() -> Self {
        Self(())
    }
}

/// The key of a counter: the SHA-256, in hexadecimal, of its kind and what it counts, with a `#` between
/// them. The table shows neither names nor addresses at a glance; whoever can guess one can look it up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CounterKey(String);

impl CounterKey {
    /// The failures of an identifier.
    #[must_use]
    pub fn identifier(identifier: &Identifier) -> Self {
        Self::of("identifier", identifier.as_str())
    }

    /// The failures on a device.
    #[must_use]
    pub fn device(device: &DeviceId) -> Self {
        Self::of("device", device.as_str())
    }

    /// The log-ins from an address.
    #[must_use]
    pub fn login_from(address: Option<IpAddr>) -> Self {
        Self::of("login", &network(address))
    }

    /// The sign-ups from an address.
    #[must_use]
    pub fn signup_from(address: Option<IpAddr>) -> Self {
        Self::of("signup", &network(address))
    }

    fn of(kind: &str, what: &str) -> Self {
        Self(HEXLOWER.encode(&Sha256::digest(format!("{kind}#{what}"))))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 address. Those without any share one counter.
pub(crate) fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        None => "unknown".to_owned(),
    }
}

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

/// So many attempts in a period, as a bucket of that size that empties evenly: the generic cell rate
/// algorithm (ITU-T I.371). A counter holds one time for each rate, from which on its bucket is empty.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// The attribute of the row.
    pub attribute: &'static str,
    /// What an attempt takes up, in milliseconds.
    pub interval: i64,
    /// What there is room for, in milliseconds.
    capacity: i64,
}

/// What becomes of an attempt at a rate.
#[derive(Debug, PartialEq, Eq)]
pub enum Slot {
    /// The bucket was empty.
    Idle,
    /// The bucket has room; it must hold at most so much, in milliseconds since 1970, for that to be true.
    Busy(i64),
    /// The bucket is full for so long.
    Refused(Seconds),
}

impl Slot {
    /// For how long the bucket is full.
    #[must_use]
    pub fn refused(&self) -> Option<Seconds> {
        if let Self::Refused(wait) = self { Some(*wait) } else { None }
    }
}

impl Rate {
    /// At most `limit` in a period; none for a limit of zero.
    fn new(attribute: &'static str, limit: u32, period: Seconds) -> Option<Self> {
        let interval = (period.0 * 1_000).checked_div(i64::from(limit))?;
        Some(Self { attribute, interval, capacity: interval * i64::from(limit) })
    }

    /// What becomes of an attempt that finds this time in the row, in milliseconds since 1970.
    #[must_use]
    pub fn slot(&self, empty_at: Option<i64>, now: Timestamp) -> Slot {
        let now = milliseconds(now);
        let fullest = now + self.capacity - self.interval;
        match empty_at {
            Some(empty_at) if empty_at > fullest => {
                Slot::Refused(Seconds((empty_at - fullest).saturating_add(999) / 1_000))
            }
            Some(empty_at) if empty_at > now => Slot::Busy(fullest),
            _ => Slot::Idle,
        }
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn milliseconds(time: Timestamp) -> i64 {
    time.as_seconds().saturating_mul(1_000)
}

/// The rates of an address; none where the limit is off.
#[derive(Debug, Clone)]
pub struct RateLimit(pub Vec<Rate>);

impl RateLimit {
    /// `LOGIN_PER_MINUTE` and `LOGIN_PER_HOUR`: log-ins from one address.
    ///
    /// # Errors
    /// When one is not a number from 0 (off) to 10,000.
    pub fn for_logins(environment: &Environment) -> Result<Self, ConfigError> {
        let rate = |variable, default| environment.number(variable, default, 0..=10_000);
        Ok(Self::new(rate("LOGIN_PER_MINUTE", 20)?, rate("LOGIN_PER_HOUR", 200)?))
    }

    /// `SIGNUP_PER_HOUR`: sign-ups from one address.
    ///
    /// # Errors
    /// When it is not a number from 0 (off) to 10,000.
    pub fn for_signups(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self::new(0, environment.number("SIGNUP_PER_HOUR", 10, 0..=10_000)?))
    }

    /// None.
    pub const OFF: Self = Self(Vec::new());
    /// No counter of rates matters for longer.
    pub const LONGEST_PERIOD: Seconds = Seconds(3_600);

    /// At most so many a minute and so many an hour; zero turns a rate off.
    #[must_use]
    pub fn new(per_minute: u32, per_hour: u32) -> Self {
        let minute = Rate::new("minute_empty_at", per_minute, Seconds(60));
        let hour = Rate::new("hour_empty_at", per_hour, Self::LONGEST_PERIOD);
        Self([minute, hour].into_iter().flatten().collect())
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

    #[test]
    fn a_rate_lets_a_burst_through_and_then_one_an_interval() {
        let RateLimit(rates) = RateLimit::new(20, 0);
        let [rate] = rates.as_slice() else { panic!("one rate") };
        let mut empty_at = None;
        let mut allowed = Vec::new();
        for second in 0..=60 {
            for _ in 0..30 {
                let now = at(second);
                empty_at = match rate.slot(empty_at, now) {
                    Slot::Idle => Some(milliseconds(now) + rate.interval),
                    Slot::Busy(_) => empty_at.map(|time| time + rate.interval),
                    Slot::Refused(wait) => {
                        assert_ne!(
                            rate.slot(empty_at, now + wait),
                            Slot::Refused(wait),
                            "the wait is long enough"
                        );
                        assert!(matches!(
                            rate.slot(empty_at, now + Seconds(wait.0 - 1)),
                            Slot::Refused(Seconds(1))
                        ));
                        break;
                    }
                };
                allowed.push(second);
            }
        }
        assert_eq!(allowed.iter().filter(|second| **second == 0).count(), 20);
        assert_eq!(allowed.len(), 40, "20 at once, then one every three seconds");
    }

    #[test]
    fn a_limit_of_zero_is_off() {
        assert!(RateLimit::new(0, 0).0.is_empty());
        assert_eq!(RateLimit::new(0, 10).0.len(), 1);
    }

    #[test]
    fn a_subscriber_has_one_counter() {
        let key = |text: &str| CounterKey::login_from(text.parse().ok());
        assert_eq!(key("203.0.113.7"), key("::ffff:203.0.113.7"));
        assert_ne!(key("203.0.113.7"), key("203.0.113.8"));
        assert_eq!(key("2001:db8::1"), key("2001:db8:0:0:ffff::2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("nonsense"), CounterKey::login_from(None));
        assert_ne!(key("nonsense"), key("0.0.0.0"));
        assert_ne!(CounterKey::login_from(None), CounterKey::signup_from(None));
    }
}
