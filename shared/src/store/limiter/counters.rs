//! The limits table, and the updates that all counters have in common.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::Keys;
use crate::limits::counter::Counter;
use crate::store::item::{Deletion, Item, text};
use crate::store::remembered::Remembered;
use crate::time::{Seconds, Timestamp};

/// The key of a counter: an HMAC of what it counts. A reader of the table can neither see nor guess an identifier or an
/// address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CounterKey(pub(super) String);

/// The limits table.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// What makes the keys of counters of identifiers and addresses. `None` in a function without signing keys.
    keys: Option<Arc<Keys>>,
    pub(super) client: Client,
    pub(super) table: String,
    /// The addresses that this execution environment has refused, each with the time and the delay, and the devices
    /// that it has found unknown.
    pub(super) refused: Remembered<CounterKey, (Timestamp, Seconds)>,
}

impl Limits {
    pub(super) fn new(
        client: &Client,
        keys: &Arc<Keys>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        Ok(Self { keys: Some(Arc::clone(keys)), ..Self::without_keys(client, environment)? })
    }

    pub(super) fn without_keys(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        let table = environment.table("LIMITS_TABLE")?;
        Ok(Self { keys: None, client: client.clone(), table, refused: Remembered::default() })
    }

    /// The key of a counter.
    pub(super) fn key(&self, counter: &Counter) -> Result<CounterKey, Error> {
        let keys = self.keys.as_ref().ok_or_else(|| Error::internal("the function has no signing keys"))?;
        keys.current()?.counter(counter.as_str()).map(CounterKey)
    }

    /// The deletion of a counter.
    pub(super) fn deletion(&self, key: &CounterKey) -> Result<Deletion, Error> {
        Deletion::new(&self.table, Item::from([("key".to_owned(), text(&key.0))]))
    }

    /// An update of a counter, which gets the item if its condition fails.
    pub(super) fn update(&self, key: &CounterKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("key", text(&key.0))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// Sends the update that releases an attempt. If it fails, the log says the `consequence`.
///
/// It is never retried, because a retry after a lost response would release twice. If the item has changed meanwhile,
/// there is nothing to release.
pub(super) async fn release(update: UpdateItemFluentBuilder, consequence: &str) {
    let once = Builder::new().retry_config(RetryConfig::disabled());
    let Err(error) = update.customize().config_override(once).send().await else { return };
    if !matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) {
        let error = failure(&error);
        tracing::warn!("{consequence}: {error}");
    }
}
