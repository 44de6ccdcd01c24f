//! How the passwords of all users are stored, for an operator.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use serde::Deserialize;

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::aws::failure;
use crate::error::Error;
use crate::password::hash::StoredHash;
use crate::store::client::item_count;
use crate::store::credentials::Credentials;
use crate::store::item::{parse, text};
use crate::store::session_counts::Start;
use crate::time::Timestamp;

/// How the password of a user is stored.
#[derive(Debug)]
pub struct PasswordForm {
    /// The id of the user.
    pub user_id: UserId,
    /// As [`StoredHash::form()`] names it.
    pub form: String,
    /// When it was imported, if its user has not logged in since.
    pub imported: Option<Timestamp>,
}

/// How the passwords of a page of the table are stored. A user has two credentials, of which it has that of the email.
#[derive(Debug)]
pub struct PasswordForms {
    /// Each password of the page.
    pub forms: Vec<PasswordForm>,
    /// The number of items that the page has read.
    pub read: u64,
    /// The read request units that it took.
    pub units: f64,
    /// Where the next page begins. `None` if this is the last one.
    pub next: Option<Start>,
}

impl Credentials {
    /// Reads the next page of the table, of about a megabyte.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn password_forms(&self, start: Option<Start>) -> Result<PasswordForms, Error> {
        #[derive(Deserialize)]
        struct Stored {
            user_id: UserId,
            password_hash: StoredHash,
            imported: Option<Timestamp>,
        }
        let scan = self.client.scan().table_name(&self.table);
        let page = scan
            .set_exclusive_start_key(start.map(|start| start.0))
            .filter_expression("begins_with(identifier, :email) AND attribute_exists(password_hash)")
            .expression_attribute_values(":email", text(Identifier::EMAIL))
            .projection_expression("user_id, password_hash, imported")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failure(&error))?;
        let mut forms = Vec::new();
        for item in page.items.unwrap_or_default() {
            let Stored { user_id, password_hash, imported } = parse(&self.table, item)?;
            forms.push(PasswordForm { user_id, form: password_hash.form(), imported });
        }
        let units = page.consumed_capacity.and_then(|consumed| consumed.capacity_units);
        Ok(PasswordForms {
            forms,
            read: u64::try_from(page.scanned_count).unwrap_or_default(),
            units: units.unwrap_or_default(),
            next: page.last_evaluated_key.map(Start),
        })
    }

    /// The number of items, as DynamoDB has last counted them. It is some hours old.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn count(&self) -> Result<u64, Error> {
        item_count(&self.client, &self.table).await
    }
}
