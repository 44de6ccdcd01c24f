//! The limiter of mails to one user.

use aws_sdk_dynamodb::Client;

use crate::account::user::UserId;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
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
