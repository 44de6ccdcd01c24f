//! The credentials table: key `identifier`; all that a log-in needs to verify a password, in one read.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::password::hash::StoredHash;
use crate::session::device::Device;
use crate::store::item::{Item, row, text};

/// A row of the credentials table. A user has two: one for the username, one for the email.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// The key.
    pub identifier: Identifier,
    /// Whose it is.
    pub user_id: UserId,
    /// The user's epoch.
    pub epoch: u64,
    /// The password; none when the user has none, or has it elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<StoredHash>,
}

impl Credential {
    /// Whether a device is known to the account that this credential is of.
    #[must_use]
    pub fn knows(&self, device: &Device) -> bool {
        self.user_id == device.user_id && self.epoch == device.epoch
    }
}

/// The credentials table.
#[derive(Debug, Clone)]
pub struct Credentials {
    client: Client,
    table: String,
}

impl Credentials {
    /// The table that `CREDENTIALS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: client.clone(), table: environment.table("CREDENTIALS_TABLE")? })
    }

    /// Reads the credential of an identifier.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get(&self, identifier: &Identifier) -> Result<Option<Credential>, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = get.key("identifier", text(identifier.as_str())).send().await;
        let Some(item) = answer.map_err(|error| failure(&error))?.item else {
            // As much work as for a row, so that its time does not tell that there was none.
            let _: Result<Credential, _> = row(&self.table, nobody());
            return Ok(None);
        };
        row(&self.table, item).map(Some)
    }

    /// Stores the same password, hashed anew, unless another one is stored by now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`], also when the password has changed. A log-in goes on all the same.
    pub async fn rehash(
        &self,
        identifier: &Identifier,
        old: &StoredHash,
        anew: &StoredHash,
    ) -> Result<(), Error> {
        let update = self.client.update_item().table_name(&self.table);
        let answer = update
            .key("identifier", text(identifier.as_str()))
            .update_expression("SET password_hash = :anew")
            .condition_expression("password_hash = :old")
            .expression_attribute_values(":anew", text(anew.reveal()))
            .expression_attribute_values(":old", text(old.reveal()))
            .send()
            .await;
        answer.map(drop).map_err(|error| failure(&error))
    }
}

/// The row of an identifier that nobody has, if there were one.
fn nobody() -> Item {
    let hash =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let names = ["identifier", "user_id", "password_hash"].map(str::to_owned);
    let values = ["username#nobody", "AAAAAAAAAAAAAAAAAAAAAA", hash].map(text);
    let epoch = ("epoch".to_owned(), AttributeValue::N("0".to_owned()));
    names.into_iter().zip(values).chain([epoch]).collect()
}
