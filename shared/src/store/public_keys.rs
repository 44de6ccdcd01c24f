//! The keys table, with the key `set`: one item, with the public keys of access tokens.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::aws::{self, failure};
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::keys::public_keys::PublicKeys;
use crate::store::item::{parse, text};

/// The key of the item.
const SET: &str = "access";

/// The keys table.
#[derive(Debug, Clone)]
pub struct PublicKeyTable {
    client: Client,
    table: String,
}

#[derive(Serialize, Deserialize)]
struct KeyItem {
    keys: PublicKeys,
}

impl PublicKeyTable {
    /// The table that `KEYS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: client.clone(), table: environment.table("KEYS_TABLE")? })
    }

    /// Reads the public keys. There are none before the first rotation.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get(&self) -> Result<PublicKeys, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("set", text(SET)).send().await.map_err(|error| failure(&error))?;
        let item: Option<KeyItem> = output.item.map(|item| parse(&self.table, item)).transpose()?;
        Ok(item.map(|item| item.keys).unwrap_or_default())
    }

    /// Replaces the public keys, on the condition that they are still those that were read.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also when they are others by now, or [`Error::Internal`]. The item may then be the
    /// former or the new one.
    pub async fn replace(&self, read: &PublicKeys, keys: &PublicKeys) -> Result<(), Error> {
        let update = self.client.update_item().table_name(&self.table).key("set", text(SET));
        let update =
            update.update_expression("SET #keys = :keys").expression_attribute_names("#keys", "keys");
        let update = update.expression_attribute_values(":keys", attribute(keys)?);
        let update = if read.is_empty() {
            // There is no item, or one without keys.
            update.condition_expression("attribute_not_exists(#keys) OR #keys = :read")
        } else {
            update.condition_expression("#keys = :read")
        };
        let replaced = update.expression_attribute_values(":read", attribute(read)?).send().await;
        match replaced {
            Err(error) if aws::code(&error) == Some("ConditionalCheckFailedException") => {
                Err(Error::Unavailable(Cause::new("the public keys have changed since they were read")))
            }
            replaced => replaced.map(drop).map_err(|error| failure(&error)),
        }
    }
}

fn attribute(keys: &PublicKeys) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(keys).map_err(|error| Error::Internal(Cause::from_error(&error)))
}
