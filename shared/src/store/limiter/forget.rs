//! The end of the failures of an account.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::account::user::User;
use crate::config::{ConfigError, Environment};
use crate::keys::cache::Keys;
use crate::limits::counter::Counter;
use crate::store::limiter::counters::Limits;

/// Deletes the counters of failures of an account's identifiers, after a sign-up or a reset of the password. Strangers
/// may have filled them, or even disabled the identifiers.
#[derive(Debug, Clone)]
pub struct FailureCounters {
    limits: Limits,
}

impl FailureCounters {
    /// The counters in the table that `LIMITS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, keys: &Arc<Keys>, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { limits: Limits::new(client, keys, environment)? })
    }

    /// Deletes the counters of both identifiers. Call it only after the account was created or its password reset.
    /// Otherwise an attacker could empty the counters of an account by trying to.
    ///
    /// It is not a part of the transaction, because guesses would then make the transaction meet conflicts. If it
    /// fails, the failures stay counted, and the log says so.
    pub async fn forget(&self, user: &User) {
        let [username, email] = user.identifiers().map(|identifier| Counter::identifier(&identifier));
        let forget = |counter| async move {
            match self.limits.key(&counter) {
                Ok(key) => self.limits.failures_forget(&key).await,
                Err(error) => tracing::warn!("the failures of an identifier stay counted: {error}"),
            }
        };
        tokio::join!(forget(username), forget(email));
    }
}
