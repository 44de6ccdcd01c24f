//! What an operator sees of an account besides the user: both credentials without their hashes, and the failures of
//! both identifiers.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnValue};
use serde::Deserialize;

use crate::account::identifier::Identifier;
use crate::account::user::{User, UserId};
use crate::aws::{code, failure};
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::limits::failures::Failures;
use crate::store::batch;
use crate::store::item::{Item, parse, text};
use crate::time::Timestamp;

/// The attributes of a credential without its hash, which the policy of an operator does not let pass.
const WITHOUT_HASH: &str = "identifier, user_id, epoch, held_until";

/// A credential without its hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Seen {
    /// The primary key.
    pub identifier: Identifier,
    /// The id of its user.
    pub user_id: UserId,
    /// The epoch of its user.
    pub epoch: u64,
    /// Until when it is held.
    #[serde(default)]
    pub held_until: Option<Timestamp>,
}

/// What there is of both identifiers of a user: first the username, then the email.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspected {
    /// The credentials. `None` where there is none.
    pub credentials: [Option<Seen>; 2],
    /// The failures. `None` where there are none.
    pub failures: [Option<Failures>; 2],
}

/// Reads what an operator may see.
#[derive(Debug, Clone)]
pub struct Inspector {
    client: Client,
    credentials: String,
    limits: String,
}

impl Inspector {
    /// The tables that `CREDENTIALS_TABLE` and `LIMITS_TABLE` name.
    ///
    /// # Errors
    /// When a variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client.clone(),
            credentials: environment.table("CREDENTIALS_TABLE")?,
            limits: environment.table("LIMITS_TABLE")?,
        })
    }

    /// Reads the credential of an identifier. `None` if no account has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn find(&self, identifier: &Identifier) -> Result<Option<Seen>, Error> {
        let get = self.client.get_item().table_name(&self.credentials).consistent_read(true);
        let get = get.key("identifier", text(identifier.as_str())).projection_expression(WITHOUT_HASH);
        let item = get.send().await.map_err(|error| failure(&error))?.item;
        item.map(|item| parse(&self.credentials, item)).transpose()
    }

    /// Reads all of it at once. `counters` are the keys of the counters of both identifiers. Without them, it reads no
    /// failures.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn inspect(&self, user: &User, counters: Option<&[String; 2]>) -> Result<Inspected, Error> {
        let identifiers = user.identifiers();
        let mut tables = batch::read(&self.client, self.keys(&identifiers, counters)?).await?;
        let (mut seen, mut failures) = (Vec::<Seen>::new(), HashMap::new());
        for item in tables.remove(&self.credentials).unwrap_or_default() {
            seen.push(parse(&self.credentials, item)?);
        }
        for item in tables.remove(&self.limits).unwrap_or_default() {
            let key = item.get("key").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
            failures.insert(key, parse::<Failures>(&self.limits, item)?);
        }
        let credentials =
            identifiers.map(|identifier| seen.iter().find(|seen| seen.identifier == identifier).cloned());
        let failures = counters.map(|keys| keys.each_ref().map(|key| failures.remove(key)));
        Ok(Inspected { credentials, failures: failures.unwrap_or_default() })
    }

    /// Deletes a counter of failures by its key, and returns what it was.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn forget(&self, counter: &str) -> Result<Option<Failures>, Error> {
        let delete = self.client.delete_item().table_name(&self.limits).key("key", text(counter));
        let deleted = delete.return_values(ReturnValue::AllOld).send().await;
        let deleted = deleted.map_err(|error| failure(&error))?.attributes;
        deleted.map(|item| parse(&self.limits, item)).transpose()
    }

    /// Deletes the credential of an identifier that is held. `false` if it is not, or no longer.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn release(&self, identifier: &Identifier) -> Result<bool, Error> {
        let delete = self.client.delete_item().table_name(&self.credentials);
        let delete = delete.key("identifier", text(identifier.as_str()));
        match delete.condition_expression("attribute_exists(held_until)").send().await {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(failure(&error)),
        }
    }

    fn keys(
        &self,
        identifiers: &[Identifier; 2],
        counters: Option<&[String; 2]>,
    ) -> Result<HashMap<String, KeysAndAttributes>, Error> {
        let item = |name: &str, value: &str| Item::from([(name.to_owned(), text(value))]);
        let of = |name, values: Vec<&str>| {
            let keys = values.into_iter().map(|value| item(name, value)).collect();
            KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true)
        };
        let built = |keys: Result<_, _>| keys.map_err(|error| Error::Internal(Cause::from_error(&error)));
        let credentials = of("identifier", identifiers.iter().map(Identifier::as_str).collect());
        let credentials = built(credentials.projection_expression(WITHOUT_HASH).build())?;
        let mut all = HashMap::from([(self.credentials.clone(), credentials)]);
        if let Some(counters) = counters {
            let keys = of("key", counters.iter().map(String::as_str).collect());
            all.insert(self.limits.clone(), built(keys.build())?);
        }
        Ok(all)
    }
}
