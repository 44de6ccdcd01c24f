//! The limiter of log-ins.

use std::net::IpAddr;

use aws_sdk_dynamodb::Client;

use crate::account::identifier::Identifier;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::limits::failures::FailureLimit;
use crate::limits::key::CounterKey;
use crate::limits::permit::Permit;
use crate::limits::rate::RateLimit;
use crate::session::device::DeviceId;
use crate::store::limiter::counters::Limits;
use crate::store::limiter::failures::{Counted, Reserved};
use crate::store::limiter::rates::HeldSlot;
use crate::time::Timestamp;

/// Limits log-ins by identifier and by address, or on a known device by that device alone.
#[derive(Debug, Clone)]
pub struct LoginLimiter {
    limits: Limits,
    failures: FailureLimit,
    rates: RateLimit,
}

/// A log-in that was counted.
#[derive(Debug)]
pub struct LoginAttempt {
    reserved: Reserved,
    taken: HeldSlot,
}

impl LoginLimiter {
    /// As `LIMITS_TABLE` and the variables that begin with `LOGIN_` say.
    ///
    /// # Errors
    /// When a variable is missing or wrong.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            limits: Limits::new(client, environment)?,
            failures: FailureLimit::from_environment(environment)?,
            rates: RateLimit::for_logins(environment)?,
        })
    }

    /// Refuses an address that was refused in this very second, without a call. A flood costs the tables
    /// next to nothing, touches no identifier's counter, and cannot tell by the time what was read.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub fn refuse_recent(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Error> {
        self.limits.refuse_recent(&CounterKey::login_from(address), now)
    }

    /// Counts a log-in, and gives leave to verify its password.
    ///
    /// What the identifier's counter has taken when the address is refused is given back, so that an attacker
    /// whose address is refused cannot lock anybody out.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`], [`Error::Internal`].
    pub async fn attempt(
        &self,
        identifier: &Identifier,
        known: Option<&DeviceId>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(LoginAttempt, Permit), Error> {
        let (key, failures, rates) = match known {
            // No operator could lift the counter of a device: nobody knows its name.
            Some(device) => (
                CounterKey::device(device),
                FailureLimit { disable_at: None, ..self.failures },
                &RateLimit::OFF,
            ),
            None => (CounterKey::identifier(identifier), self.failures, &self.rates),
        };
        let (counted, taken) = tokio::join!(
            self.limits.failures_count(&key, failures, now),
            self.limits.rates_take(CounterKey::login_from(address), rates, now),
        );
        let reserved = match counted? {
            // Nobody waits for an attempt whose address is refused.
            Counted::Refused { under_way: true, .. } if taken.is_ok() => {
                self.limits.failures_count_again(&key, failures, now).await
            }
            counted => counted.into_result(),
        };
        match (reserved, taken) {
            (Ok(reserved), Ok(taken)) => Ok((LoginAttempt { reserved, taken }, Permit::new())),
            (Ok(reserved), Err(error)) => {
                self.limits.failures_release(reserved).await;
                Err(error)
            }
            (
                Err(Error::TooManyAttempts { retry_after: one }),
                Err(Error::TooManyAttempts { retry_after: other }),
            ) => Err(Error::TooManyAttempts { retry_after: one.max(other) }),
            (Err(error), _) => Err(error),
        }
    }

    /// Takes the count of an attempt back, if it was counted, and the leave with it.
    pub async fn release(&self, attempt: Result<(LoginAttempt, Permit), Error>) {
        if let Ok((attempt, _)) = attempt {
            self.limits.failures_release(attempt.reserved).await;
        }
    }

    /// The password was right: the failures are forgotten, and the address has its slot back. That this
    /// fails stops nobody.
    pub async fn succeeded(&self, attempt: &LoginAttempt) {
        tokio::join!(
            self.limits.failures_forget(&attempt.reserved),
            self.limits.rates_give_back(&attempt.taken, &self.rates),
        );
    }
}
