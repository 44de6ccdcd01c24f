//! The limiter of changes of an account.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::account::user::UserId;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::Keys;
use crate::limits::counter::Counter;
use crate::limits::rate::RateLimit;
use crate::store::limiter::counters::Limits;
use crate::store::limiter::rates::HeldSlot;
use crate::time::Timestamp;

/// A kind of change. Each has a counter of its own, so that the user's own means against a thief do not use each other
/// up.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// A new password.
    Password,
    /// The end of all other sessions.
    Sessions,
    /// A mail to a new email address.
    Email,
    /// A new username.
    Username,
    /// A new display name.
    Name,
    /// The deletion of the account.
    Deletion,
}

impl Change {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Sessions => "sessions",
            Self::Email => "email",
            Self::Username => "username",
            Self::Name => "name",
            Self::Deletion => "deletion",
        }
    }
}

/// Limits the changes of an account. A change keeps its slot even if it fails.
#[derive(Debug, Clone)]
pub struct ChangeLimiter {
    limits: Limits,
    rates: RateLimit,
}

impl ChangeLimiter {
    /// The limiter with the table that `LIMITS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, keys: &Arc<Keys>, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { limits: Limits::new(client, keys, environment)?, rates: RateLimit::for_changes() })
    }

    /// Counts a change. Call it before a new password is hashed.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn attempt(&self, change: Change, user_id: &UserId, now: Timestamp) -> Result<(), Error> {
        let account = self.limits.key(&Counter::changes_of(user_id, change.as_str()))?;
        self.limits.rates_take(account, &self.rates, now).await.map(drop)
    }

    /// Takes one of the new usernames that an account may get in a day.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn take_username(&self, user_id: &UserId, now: Timestamp) -> Result<UsernameSlot, Error> {
        let account = self.limits.key(&Counter::changes_of(user_id, "new-username"))?;
        self.limits.rates_take(account, &RateLimit::for_usernames(), now).await.map(UsernameSlot)
    }

    /// Gives one back that was not used, for example because another account has the username. If that fails, the user
    /// has one less for a day.
    pub async fn release_username(&self, UsernameSlot(slot): &UsernameSlot) {
        self.limits.rates_give_back(slot, &RateLimit::for_usernames()).await;
    }
}

/// One of the new usernames that an account may get in a day.
#[derive(Debug)]
pub struct UsernameSlot(HeldSlot);
