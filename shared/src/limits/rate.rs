//! The limit on attempts over time.

use crate::config::{ConfigError, Environment};
use crate::time::{Seconds, Timestamp};

/// A number of attempts in a period, as a bucket of that size that empties evenly: the generic cell rate algorithm
/// (ITU-T I.371). A counter holds one time for each rate, at which the bucket is empty.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// The attribute of the counter's item, in milliseconds since 1970.
    pub attribute: &'static str,
    /// The size of one attempt, in milliseconds.
    pub interval: i64,
    /// The size of the bucket, in milliseconds.
    capacity: i64,
}

/// What a rate decides about an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Slot {
    /// It is allowed: the bucket is empty.
    Idle,
    /// It is allowed: the bucket has room. This holds while the item's time is at most this one, in milliseconds since
    /// 1970.
    Busy(i64),
    /// It is refused: the bucket stays full for this long.
    Refused(Seconds),
}

impl Slot {
    /// How long the bucket stays full. `None` if the attempt is allowed.
    #[must_use]
    pub fn refused(&self) -> Option<Seconds> {
        if let Self::Refused(delay) = self { Some(*delay) } else { None }
    }
}

impl Rate {
    /// The rate of `limit` attempts in a period. `None` for a limit of zero.
    fn new(attribute: &'static str, limit: u32, period: Seconds) -> Option<Self> {
        let interval = (period.0 * 1_000).checked_div(i64::from(limit))?;
        Some(Self { attribute, interval, capacity: interval * i64::from(limit) })
    }

    /// The time after which an untouched bucket is empty.
    #[must_use]
    pub fn period(&self) -> Seconds {
        Seconds((self.capacity + 999) / 1_000)
    }

    /// Decides about an attempt at `now` that finds this time in the item, in milliseconds since 1970.
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

const HOUR: Seconds = Seconds(3_600);
const DAY: Seconds = Seconds(86_400);

/// Milliseconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn milliseconds(time: Timestamp) -> i64 {
    time.as_seconds().saturating_mul(1_000)
}

/// The rates of an address. The list is empty if the limit is off.
#[derive(Debug, Clone)]
pub struct RateLimit(pub Vec<Rate>);

impl RateLimit {
    /// The rates of logins from one address: `LOGIN_PER_MINUTE` (default 20) and `LOGIN_PER_HOUR` (200).
    ///
    /// # Errors
    /// When a value is not a whole number from 0 (off) to 10,000.
    pub fn for_logins(environment: &Environment) -> Result<Self, ConfigError> {
        let rate = |variable, default| environment.number(variable, default, 0..=10_000);
        Ok(Self::new(rate("LOGIN_PER_MINUTE", 20)?, rate("LOGIN_PER_HOUR", 200)?))
    }

    /// The rate of sign-ups from one address: `SIGNUP_PER_HOUR` (default 10).
    ///
    /// # Errors
    /// When the value is not a whole number from 0 (off) to 10,000.
    pub fn for_signups(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self::new(0, environment.number("SIGNUP_PER_HOUR", 10, 0..=10_000)?))
    }

    /// The rates of mails that are asked for with one identifier, whether or not an account has it:
    /// `MAILS_PER_ADDRESS_PER_HOUR` (default 3) and 10 a day. They are off where the variable is 0.
    ///
    /// # Errors
    /// When the value is not a whole number from 0 to 10,000.
    pub fn for_mails_to_identifier(environment: &Environment) -> Result<Self, ConfigError> {
        let per_hour = environment.number("MAILS_PER_ADDRESS_PER_HOUR", 3, 0..=10_000)?;
        let per_day = if per_hour == 0 { 0 } else { per_hour.max(10) };
        let rates = [Rate::new("hour_empty_at", per_hour, HOUR), Rate::new("day_empty_at", per_day, DAY)];
        Ok(Self(rates.into_iter().flatten().collect()))
    }

    /// The rate of mails that are asked for from one address: `FORGOT_PER_HOUR` (default 20).
    ///
    /// # Errors
    /// When the value is not a whole number from 0 (off) to 10,000.
    pub fn for_mails_from_address(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self::new(0, environment.number("FORGOT_PER_HOUR", 20, 0..=10_000)?))
    }

    /// The rates of mails to one user that a stranger can bring about: 6 an hour and 20 a day. They are off where
    /// `MAILS_PER_ADDRESS_PER_HOUR` (default 3) is 0.
    ///
    /// # Errors
    /// When the value is not a whole number from 0 to 10,000.
    pub fn for_mails_to_user(environment: &Environment) -> Result<Self, ConfigError> {
        if environment.number("MAILS_PER_ADDRESS_PER_HOUR", 3, 0..=10_000)? == 0 {
            return Ok(Self::OFF);
        }
        let rates = [Rate::new("hour_empty_at", 6, HOUR), Rate::new("day_empty_at", 20, DAY)];
        Ok(Self(rates.into_iter().flatten().collect()))
    }

    /// The rate of changes of one kind of one account: 30 a day.
    #[must_use]
    pub fn for_changes() -> Self {
        Self(Rate::new("day_empty_at", 30, DAY).into_iter().collect())
    }

    /// The rate of new usernames of one account: 2 a day.
    #[must_use]
    pub fn for_usernames() -> Self {
        Self(Rate::new("day_empty_at", 2, DAY).into_iter().collect())
    }

    /// The rate of mails to one user that tell of a login: 10 a day.
    #[must_use]
    pub fn for_login_mails() -> Self {
        Self(Rate::new("day_empty_at", 10, DAY).into_iter().collect())
    }

    /// The rate of mails to one user that tell of a login with one browser in one network: one a day.
    #[must_use]
    pub fn for_login_mails_by_browser() -> Self {
        Self(Rate::new("day_empty_at", 1, DAY).into_iter().collect())
    }

    /// No rate: every attempt is allowed.
    pub const OFF: Self = Self(Vec::new());

    /// The rates of this number of attempts a minute and an hour. Zero turns a rate off.
    #[must_use]
    pub fn new(per_minute: u32, per_hour: u32) -> Self {
        let minute = Rate::new("minute_empty_at", per_minute, Seconds(60));
        let hour = Rate::new("hour_empty_at", per_hour, HOUR);
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
        let [rate] = rates.as_slice() else { panic!("there is one rate") };
        let mut empty_at = None;
        let mut allowed = Vec::new();
        for second in 0..=60 {
            for _ in 0..30 {
                let now = at(second);
                empty_at = match rate.slot(empty_at, now) {
                    Slot::Idle => Some(milliseconds(now) + rate.interval),
                    Slot::Busy(_) => empty_at.map(|time| time + rate.interval),
                    Slot::Refused(delay) => {
                        assert_eq!(rate.slot(empty_at, now + delay).refused(), None, "it is long enough");
                        let too_early = now + Seconds(delay.0 - 1);
                        assert_eq!(rate.slot(empty_at, too_early), Slot::Refused(Seconds(1)));
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
