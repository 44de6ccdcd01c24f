//! The limiter of sign-ups.

use std::net::IpAddr;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::Keys;
use crate::limits::counter::Counter;
use crate::limits::rate::RateLimit;
use crate::store::limiter::counters::Limits;
use crate::time::Timestamp;

/// Limits sign-ups by address. A sign-up keeps its slot even if it fails.
#[derive(Debug, Clone)]
pub struct SignupLimiter {
    limits: Limits,
    rates: RateLimit,
}

impl SignupLimiter {
    /// The limiter with the table that `LIMITS_TABLE` names, and the limit of `SIGNUP_PER_HOUR`.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(client: &Client, keys: &Arc<Keys>, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            limits: Limits::new(client, keys, environment)?,
            rates: RateLimit::for_signups(environment)?,
        })
    }

    /// Counts a sign-up. Call it before the password is hashed.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn attempt(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Error> {
        let address = self.limits.key(&Counter::signup_from(address))?;
        self.limits.refuse_recent(&address, now)?;
        self.limits.rates_take(address, &self.rates, now).await.map(drop)
    }
}
