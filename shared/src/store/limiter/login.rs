//! The limiter of logins.

use std::net::IpAddr;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::account::identifier::Identifier;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::Keys;
use crate::limits::counter::Counter;
use crate::limits::failures::FailureLimit;
use crate::limits::permit::Permit;
use crate::limits::rate::RateLimit;
use crate::session::client_info::ClientInfo;
use crate::session::device::Device;
use crate::store::credentials::Credential;
use crate::store::item::Deletion;
use crate::store::limiter::counters::{CounterKey, Limits};
use crate::store::limiter::failures::Reserved;
use crate::store::limiter::rates::HeldSlot;
use crate::time::Timestamp;

/// Limits logins: by identifier and address, or on a known device by that device alone.
#[derive(Debug, Clone)]
pub struct LoginLimiter {
    limits: Limits,
    failures: FailureLimit,
    rates: RateLimit,
}

/// An attempt to log in.
#[derive(Debug)]
pub struct LoginAttempt<'a> {
    /// The identifier that was typed.
    pub identifier: &'a Identifier,
    /// The device that the attempt comes from, if its cookie names one for this identifier.
    pub device: Option<Device>,
    /// The address that the attempt comes from.
    pub address: Option<IpAddr>,
    /// The client, for a mail that tells of the attempt.
    pub client: ClientInfo,
    /// The id of the request, for the log.
    pub request_id: &'a str,
    /// The time of the attempt.
    pub now: Timestamp,
}

/// An attempt that was counted, with all that is needed to verify its password.
#[derive(Debug)]
pub struct CountedLogin {
    /// The permission to verify the password.
    pub permit: Permit,
    /// The credential of the identifier. `None` if no account has the identifier.
    pub credential: Option<Credential>,
    /// The device of the attempt, if the account still knows it.
    pub device: Option<Device>,
    /// What the attempt uses up.
    pub counted: CountedAttempt,
}

/// What an attempt uses up: one failure of a counter, and one slot of the address.
#[derive(Debug)]
pub struct CountedAttempt {
    reserved: Reserved,
    slot: HeldSlot,
}

impl CountedAttempt {
    /// Whether the attempt disables logins with the identifier if its password is wrong.
    #[must_use]
    pub fn disables(&self) -> bool {
        self.reserved.disables()
    }
}

impl LoginLimiter {
    /// The limiter with the table that `LIMITS_TABLE` names, and the limits of the variables that begin with `LOGIN_`.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(client: &Client, keys: &Arc<Keys>, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            limits: Limits::new(client, keys, environment)?,
            failures: FailureLimit::from_environment(environment)?,
            rates: RateLimit::for_logins(environment)?,
        })
    }

    /// Counts an attempt while its credential is read, and gives the permission to verify the password.
    ///
    /// On a known device, the attempt counts on the device alone. The credential may show that the account no longer
    /// knows the device. Then that count is released, and the attempt counts on the identifier and the address.
    ///
    /// An address that was refused in the same second is refused again without a call. So a flood from one address
    /// costs almost no calls, changes no other counter, and learns nothing from response times. A device that the
    /// account no longer knew in the same second does not change that.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn count(
        &self,
        attempt: &LoginAttempt<'_>,
        credential: impl Future<Output = Result<Option<Credential>, Error>>,
    ) -> Result<CountedLogin, Error> {
        let address = &self.limits.key(&Counter::login_from(attempt.address))?;
        let presented = attempt.device.as_ref().map(|device| self.limits.key(&Counter::device(&device.id)));
        let presented = presented.transpose()?;
        if presented.as_ref().is_none_or(|device| self.limits.was_unknown(device, attempt.now)) {
            self.limits.refuse_recent(address, attempt.now)?;
        }
        let (mut counted, credential) =
            tokio::join!(self.reserve(attempt, address, presented.as_ref()), credential);
        let credential = match credential {
            Ok(credential) => credential,
            Err(error) => {
                self.release(counted).await;
                return Err(error);
            }
        };
        let is_known = |device: &Device| credential.as_ref().is_some_and(|known| known.knows(device));
        let device = attempt.device.clone().filter(is_known);
        if let (Some(presented), None) = (presented, &device) {
            self.release(counted).await;
            self.limits.remember_unknown(presented, attempt.now);
            self.limits.refuse_recent(address, attempt.now)?;
            counted = self.reserve(attempt, address, None).await;
        }
        Ok(CountedLogin { counted: counted?, permit: Permit::for_counted_attempt(), credential, device })
    }

    /// Counts an attempt on its counter, and takes a slot of its address.
    ///
    /// If the address is refused, the attempt is released from the identifier's counter. So an attacker whose address
    /// is refused cannot lock a user out.
    async fn reserve(
        &self,
        attempt: &LoginAttempt<'_>,
        address: &CounterKey,
        device: Option<&CounterKey>,
    ) -> Result<CountedAttempt, Error> {
        let now = attempt.now;
        let (key, failures, rates) = match device {
            // A device is never disabled, because no operator could find its counter to delete it.
            Some(device) => {
                (device.clone(), FailureLimit { disable_at: None, ..self.failures }, &RateLimit::OFF)
            }
            None => (self.limits.key(&Counter::identifier(attempt.identifier))?, self.failures, &self.rates),
        };
        let (reserved, slot) = tokio::join!(
            self.limits.failures_count(&key, failures, now),
            self.limits.rates_take(address.clone(), rates, now),
        );
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

    /// Releases an attempt, if it was counted.
    async fn release(&self, counted: Result<CountedAttempt, Error>) {
        if let Ok(counted) = counted {
            self.limits.failures_release(counted.reserved).await;
        }
    }

    /// The deletion of the counter, for a correct password.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be written down.
    pub fn deletion(&self, counted: &CountedAttempt) -> Result<Deletion, Error> {
        self.limits.deletion(&counted.reserved.key)
    }

    /// Deletes the counter, for a correct password that begins no session by itself. If that fails, the log says so.
    pub async fn forget(&self, counted: &CountedAttempt) {
        self.limits.failures_forget(&counted.reserved.key).await;
    }

    /// Releases the slot of the address, because the password is correct. If that fails, the log says so, and the login
    /// continues.
    pub async fn release_slot(&self, counted: &CountedAttempt) {
        self.limits.rates_release(&counted.slot, &self.rates).await;
    }
}
