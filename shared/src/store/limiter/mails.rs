//! The limiters of mails: of those that are asked for, and of those to one user.

use std::net::IpAddr;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::Keys;
use crate::limits::counter::Counter;
use crate::limits::rate::RateLimit;
use crate::store::limiter::counters::{CounterKey, Limits};
use crate::store::limiter::rates::HeldSlot;
use crate::time::Timestamp;

/// Limits the mails to a user that a stranger can bring about. Mails that tell of a change are not limited, because a
/// flood of others would hide a theft.
#[derive(Debug, Clone)]
pub struct MailLimiter {
    limits: Limits,
    rates: RateLimit,
}

impl MailLimiter {
    /// The limiter with the table that `LIMITS_TABLE` names. It is off where `MAILS_PER_ADDRESS_PER_HOUR` is 0.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            limits: Limits::without_keys(client, environment)?,
            rates: RateLimit::for_mails_to_user(environment)?,
        })
    }

    /// Counts a mail. `None` if there were too many.
    ///
    /// The key of the counter names the user by the random id, and needs no secret: the mailer has no signing keys.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn take(&self, user_id: &UserId, now: Timestamp) -> Result<Option<MailSlot>, Error> {
        let key = CounterKey(format!("mails#{}", user_id.as_str()));
        match self.limits.rates_take(key, &self.rates, now).await {
            Ok(slot) => Ok(Some(MailSlot(slot))),
            Err(Error::TooManyAttempts { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes a mail back that was not sent. If that fails, it stays counted.
    pub async fn release(&self, MailSlot(slot): &MailSlot) {
        self.limits.rates_release(slot, &self.rates).await;
    }
}

/// What a mail uses up.
#[derive(Debug)]
pub struct MailSlot(HeldSlot);

/// Limits the mails that are asked for: by identifier, whether or not an account has it, and by address.
#[derive(Debug, Clone)]
pub struct MailRequestLimiter {
    limits: Limits,
    by_identifier: RateLimit,
    by_address: RateLimit,
}

impl MailRequestLimiter {
    /// The limiter with the table that `LIMITS_TABLE` names, and the limits of `MAILS_PER_ADDRESS_PER_HOUR` and
    /// `FORGOT_PER_HOUR`.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(client: &Client, keys: &Arc<Keys>, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            limits: Limits::new(client, keys, environment)?,
            by_identifier: RateLimit::for_mails_to_identifier(environment)?,
            by_address: RateLimit::for_mails_from_address(environment)?,
        })
    }

    /// Counts a mail that is asked for, on the identifier and on the address at once. It keeps both slots even if the
    /// other one is refused.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn attempt(
        &self,
        identifier: &Identifier,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let identifier = self.limits.key(&Counter::mails_to(identifier))?;
        let address = self.limits.key(&Counter::mails_from(address))?;
        self.limits.refuse_recent(&address, now)?;
        let (identifier, address) = tokio::join!(
            self.limits.rates_take(identifier, &self.by_identifier, now),
            self.limits.rates_take(address, &self.by_address, now),
        );
        // The longer delay is the one after which a try makes sense.
        match (identifier, address) {
            (Ok(_), Ok(_)) => Ok(()),
            (
                Err(Error::TooManyAttempts { retry_after }),
                Err(Error::TooManyAttempts { retry_after: other }),
            ) => Err(Error::TooManyAttempts { retry_after: retry_after.max(other) }),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}
