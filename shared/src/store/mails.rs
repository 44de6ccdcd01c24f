//! The mails table, with the key `mail_id`. Its stream calls the function `mailer`.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

use crate::aws::failure;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::mail::{Mail, MailId};
use crate::store::item::{Item, parse, text};

/// What an item of the mails table is.
#[derive(Debug)]
pub enum StoredMail {
    /// A mail.
    Mail(Mail),
    /// Nothing that this version knows. No later try reads it.
    Unreadable,
}

/// The mails table.
#[derive(Debug, Clone)]
pub struct Mails {
    client: Client,
    table: String,
}

impl Mails {
    /// The table that `MAILS_TABLE` names. `None` where the variable is empty, because mail is off.
    #[must_use]
    pub fn if_on(client: &Client, environment: &Environment) -> Option<Self> {
        Self::new(client, environment).ok()
    }

    /// The table that `MAILS_TABLE` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: client.clone(), table: environment.table("MAILS_TABLE")? })
    }

    /// Writes a mail. Its key is random, so a retry only writes the same item again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn put(&self, mail: &Mail) -> Result<(), Error> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item(mail)?));
        put.send().await.map(drop).map_err(|error| failure(&error))
    }

    /// Reads a mail. `None` if it was sent, or dropped.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn get(&self, mail_id: &MailId) -> Result<Option<StoredMail>, Error> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("mail_id", text(mail_id.as_str())).send().await;
        let item = output.map_err(|error| failure(&error))?.item;
        Ok(item.map(|item| parse(&self.table, item).map_or(StoredMail::Unreadable, StoredMail::Mail)))
    }

    /// Deletes a mail. There may be none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn delete(&self, mail_id: &MailId) -> Result<(), Error> {
        let delete = self.client.delete_item().table_name(&self.table).key("mail_id", text(mail_id.as_str()));
        delete.send().await.map(drop).map_err(|error| failure(&error))
    }

    /// The write of a mail, for a transaction. The key is random, so it needs no condition.
    pub(super) fn write(&self, mail: &Mail) -> Result<TransactWriteItem, Error> {
        let put = Put::builder().table_name(&self.table).set_item(Some(item(mail)?)).build();
        let put = put.map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

fn item(mail: &Mail) -> Result<Item, Error> {
    serde_dynamo::to_item(mail).map_err(|error| Error::Internal(Cause::from_error(&error)))
}
