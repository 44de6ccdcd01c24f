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
use crate::session::device::Device;
use crate::store::credentials::Credential;
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

/// A log-in that asks to be counted.
#[derive(Debug)]
pub struct LoginAttempt<'a> {
    /// What was typed.
    pub identifier: &'a Identifier,
    /// The device that it comes from, if its cookie names one for this identifier.
    pub device: Option<Device>,
    /// The address that it comes from.
    pub address: Option<IpAddr>,
    /// When.
    pub now: Timestamp,
}

/// A log-in that was counted, and all that it takes to verify its password.
#[derive(Debug)]
pub struct CountedLogin {
    /// Leave to do that.
    pub permit: Permit,
    /// The credential of the identifier.
    pub credential: Option<Credential>,
    /// The device, if the account still knows it.
    pub device: Option<Device>,
    /// What was counted.
    pub counted: CountedAttempt,
}

/// What an attempt has taken up.
#[derive(Debug)]
pub struct CountedAttempt {
    reserved: Reserved,
    slot: HeldSlot,
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

    /// Counts a log-in while its credential is read, and gives leave to verify its password.
    ///
    /// On a known device only that device counts. If the account turns out to be another one by now, or its epoch was
    /// raised, that count is given back, and the identifier and the address count instead.
    ///
    /// An address that was refused in this very second is refused again without a call. A flood costs the tables next
    /// to nothing, touches no identifier's counter, and cannot tell by the time what was read.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`], [`Error::Internal`].
    pub async fn count(
        &self,
        attempt: LoginAttempt<'_>,
        credential: impl Future<Output = Result<Option<Credential>, Error>>,
    ) -> Result<CountedLogin, Error> {
        if attempt.device.is_none() {
            self.limits.refuse_recent(&CounterKey::login_from(attempt.address), attempt.now)?;
        }
        let (mut counted, credential) =
            tokio::join!(self.reserve(&attempt, attempt.device.as_ref()), credential);
        let credential = match credential {
            Ok(credential) => credential,
            Err(error) => {
                self.release(counted).await;
                return Err(error);
            }
        };
        let is_known = |device: &Device| credential.as_ref().is_some_and(|known| known.knows(device));
        let device = attempt.device.clone().filter(is_known);
        if attempt.device.is_some() && device.is_none() {
            self.release(counted).await;
            counted = self.reserve(&attempt, None).await;
        }
        Ok(CountedLogin { counted: counted?, permit: Permit::new(), credential, device })
    }

    /// Takes up what an attempt counts for.
    ///
    /// What the identifier's counter has taken when the address is refused is given back, so that an attacker
    /// whose address is refused cannot lock anybody out.
    async fn reserve(
        &self,
        attempt: &LoginAttempt<'_>,
        device: Option<&Device>,
    ) -> Result<CountedAttempt, Error> {
        let now = attempt.now;
        let (key, failures, rates) = match device {
            // No operator could lift the counter of a device: nobody knows its name.
            Some(device) => (
                CounterKey::device(&device.id),
                FailureLimit { disable_at: None, ..self.failures },
                &RateLimit::OFF,
            ),
            None => (CounterKey::identifier(attempt.identifier), self.failures, &self.rates),
        };
        let (counted, slot) = tokio::join!(
            self.limits.failures_count(&key, failures, now),
            self.limits.rates_take(CounterKey::login_from(attempt.address), rates, now),
        );
        let reserved = match counted? {
            // Nobody waits for an attempt whose address is refused.
            Counted::Refused { under_way: true, .. } if slot.is_ok() => {
                self.limits.failures_count_again(&key, failures, now).await
            }
            counted => counted.into_result(),
        };
        match (reserved, slot) {
            (Ok(reserved), Ok(slot)) => Ok(CountedAttempt { reserved, slot }),
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

    /// Takes the count of an attempt back, if it was counted.
    async fn release(&self, counted: Result<CountedAttempt, Error>) {
        if let Ok(counted) = counted {
            self.limits.failures_release(counted.reserved).await;
        }
    }

    /// The password was right: the failures are forgotten, and the address has its slot back. That this
    /// fails stops nobody.
    pub async fn succeeded(&self, counted: &CountedAttempt) {
        tokio::join!(
            self.limits.failures_forget(&counted.reserved),
            self.limits.rates_give_back(&counted.slot, &self.rates),
        );
    }
}
