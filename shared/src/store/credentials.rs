//! The credentials table, with the key `identifier`. One read has all that a login needs to verify a password.

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
use crate::store::batch;
use crate::store::item::{Item, parse, text};
use crate::time::Timestamp;

/// An item of the credentials table. A user has two: one for the username, one for the email.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// The primary key.
    pub identifier: Identifier,
    /// The id of its user.
    pub user_id: UserId,
    /// The epoch of its user.
    pub epoch: u64,
    /// The hash of the password. `None` if the user cannot log in with a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<StoredHash>,
    /// Until when no one else gets the identifier, which its user had until lately. Then it lets no one in. DynamoDB's
    /// time to live deletes the item some time later. `None` for the identifier of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// When the user was imported. `None` once the user has logged in or chosen a password, and for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Timestamp>,
}

/// Who has an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// No one.
    Free,
    /// This user.
    Owned(UserId),
    /// No one, until then.
    Held(Timestamp),
}

impl Credential {
    /// Whether the credential's account knows a device: it has the same user and the same epoch.
    #[must_use]
    pub fn knows(&self, device: &Device) -> bool {
        self.user_id == device.user_id && self.epoch == device.epoch
    }
}

/// The credentials table.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub(super) client: Client,
    pub(super) table: String,
}

impl Credentials {
    /// The table that `CREDENTIALS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: client.clone(), table: environment.table("CREDENTIALS_TABLE")? })
    }

    /// Reads the credential of an identifier. `None` if no account has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get(&self, identifier: &Identifier) -> Result<Option<Credential>, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("identifier", text(identifier.as_str())).send().await;
        let Some(item) = output.map_err(|error| failure(&error))?.item else {
            // The same work as for an existing item, so that the time does not reveal that there is none.
            let _: Result<Credential, _> = parse(&self.table, dummy());
            return Ok(None);
        };
        parse(&self.table, item).map(Some)
    }

    /// Reads the credentials of at most 100 identifiers, in any order, without those that are missing or malformed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get_all(&self, identifiers: &[Identifier]) -> Result<Vec<Credential>, Error> {
        let keys = identifiers
            .iter()
            .map(|identifier| Item::from([("identifier".to_owned(), text(identifier.as_str()))]));
        let items = batch::read_table(&self.client, &self.table, keys.collect()).await?.into_iter();
        Ok(items.filter_map(|item| parse(&self.table, item).ok()).collect())
    }

    /// Who has an identifier. It reads no hash, which the mailer may not.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn ownership(&self, identifier: &Identifier, now: Timestamp) -> Result<Ownership, Error> {
        #[derive(Deserialize)]
        struct Owner {
            user_id: UserId,
            held_until: Option<Timestamp>,
        }
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("identifier", text(identifier.as_str()));
        let get = get.projection_expression("user_id, held_until");
        let item = get.send().await.map_err(|error| failure(&error))?.item;
        let owner: Option<Owner> = item.map(|item| parse(&self.table, item)).transpose()?;
        Ok(match owner {
            None => Ownership::Free,
            Some(Owner { held_until: None, user_id }) => Ownership::Owned(user_id),
            Some(Owner { held_until: Some(until), .. }) if until <= now => Ownership::Free,
            Some(Owner { held_until: Some(until), .. }) => Ownership::Held(until),
        })
    }

    /// Replaces the hash of a password by a new hash of the same password, unless the hash has changed meanwhile.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`], also when the hash has changed.
    pub async fn rehash(
        &self,
        identifier: &Identifier,
        old_hash: &StoredHash,
        new_hash: &StoredHash,
    ) -> Result<(), Error> {
        let update = self.client.update_item().table_name(&self.table);
        let output = update
            .key("identifier", text(identifier.as_str()))
            // The time of the import tells that the user has not logged in since.
            .update_expression("SET password_hash = :new REMOVE imported")
            .condition_expression("password_hash = :old")
            .expression_attribute_values(":new", text(new_hash.reveal()))
            .expression_attribute_values(":old", text(old_hash.reveal()))
            .send()
            .await;
        output.map(drop).map_err(|error| failure(&error))
    }
}

/// An item that looks like that of an existing identifier.
fn dummy() -> Item {
    let hash =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let names = ["identifier", "user_id", "password_hash"].map(str::to_owned);
    let values = ["username#unknown", "AAAAAAAAAAAAAAAAAAAAAA", hash].map(text);
    let epoch = ("epoch".to_owned(), AttributeValue::N("0".to_owned()));
    names.into_iter().zip(values).chain([epoch]).collect()
}
