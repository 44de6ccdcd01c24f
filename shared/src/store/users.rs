//! The users table, with the key `user_id`.

use aws_sdk_dynamodb::Client;

use crate::account::user::{User, UserId};
use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::store::item::{parse, text};

/// The users table.
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
    pub(super) table: String,
}

impl Users {
    /// The table that `USERS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: client.clone(), table: environment.table("USERS_TABLE")? })
    }

    /// Reads a user. `None` if there is none with this id.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get(&self, user_id: &UserId) -> Result<Option<User>, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("user_id", text(user_id.as_str())).send().await;
        output.map_err(|error| failure(&error))?.item.map(|item| parse(&self.table, item)).transpose()
    }
}
