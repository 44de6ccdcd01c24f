//! The limits table: key `key`; who tried how often.
//!
//! An attempt is counted before its password is verified, in one conditional update: of any number of
//! parallel guesses, exactly as many are verified as are free. Identifiers that nobody has are counted as
//! those that somebody has.

mod failures;
mod rates;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use crate::config::{ConfigError, Environment};
use crate::device::DeviceId;
use crate::error::Error;
use crate::identifier::Identifier;
use crate::limit::{CounterKey, FailureLimit, Permit, RateLimit};
use crate::store::limits::failures::{Counted, Reserved};
use crate::store::limits::rates::Taken;
use crate::store::{failure, text};
use crate::time::{Seconds, Timestamp};

/// The limits table.
#[derive(Debug, Clone)]
struct Limits {
    client: Client,
    table: String,
    /// The addresses that this environment has seen refused, when, and for how long.
    refused: Arc<Mutex<HashMap<CounterKey, (Timestamp, Seconds)>>>,
}

impl Limits {
    fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        let table = environment.table("LIMITS_TABLE")?;
        Ok(Self { client: client.clone(), table, refused: Arc::default() })
    }

    fn update(&self, key: &CounterKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("key", text(key.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// Sends an update that gives an attempt back, once: after a lost answer it would be given back twice. Where it finds another row than it was made for, there is nothing to give.
async fn give_back(update: UpdateItemFluentBuilder, otherwise: &str) {
    let once = Builder::new().retry_config(RetryConfig::disabled());
    let Err(error) = update.customize().config_override(once).send().await else { return };
    if !matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) {
        let error = failure(&error);
        tracing::warn!("{otherwise}: {error}");
    }
}

fn number(number: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// Limits sign-ups by address. A sign-up keeps its slot whatever becomes of it.
#[derive(Debug, Clone)]
pub struct SignupLimiter {
    limits: Limits,
    rates: RateLimit,
}

impl SignupLimiter {
    /// As `LIMITS_TABLE` and `SIGNUP_PER_HOUR` say.
    ///
    /// # Errors
    /// When a variable is missing or wrong.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { limits: Limits::new(client, environment)?, rates: RateLimit::for_signups(environment)? })
    }

    /// Counts a sign-up, before anything is hashed.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], [`Error::Unavailable`], [`Error::Internal`].
    pub async fn attempt(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Error> {
        let address = CounterKey::signup_from(address);
        self.limits.rates_remember(&address, now)?;
        self.limits.rates_take(address, &self.rates, now).await.map(drop)
    }
}

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
    taken: Taken,
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
    pub fn remember(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Error> {
        self.limits.rates_remember(&CounterKey::login_from(address), now)
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
            (Ok(reserved), Ok(taken)) => Ok((LoginAttempt { reserved, taken }, Permit::of_counted_attempt())),
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
