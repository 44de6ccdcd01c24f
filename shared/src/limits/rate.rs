//! Attempts over time.

use crate::config::{ConfigError, Environment};
use crate::time::{Seconds, Timestamp};

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

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
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
}
