//! The end of all sessions of a user.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};

use crate::account::user::User;
use crate::aws::failure;
use crate::error::{Cause, Error};
use crate::store::accounts::tables::Accounts;
use crate::store::accounts::transaction::unbuilt;
use crate::store::item::text;

impl Accounts {
    /// Raises the epoch of a user and of both credentials. That ends all sessions of the user, also one of a login that
    /// is under way. The epoch only ever grows, so no former one returns with its sessions.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also when the user has changed since it was read, or [`Error::Internal`].
    pub async fn raise_epoch(&self, user: &User) -> Result<(), Error> {
        let one = AttributeValue::N("1".to_owned());
        let change = Update::builder()
            .table_name(&self.users)
            .key("user_id", text(user.user_id.as_str()))
            .update_expression("ADD epoch :one, version :one")
            .condition_expression("version = :read")
            .expression_attribute_values(":one", one.clone())
            .expression_attribute_values(":read", AttributeValue::N(user.version.to_string()));
        let mut transaction = self.client.transact_write_items().transact_items(
            TransactWriteItem::builder().update(change.build().map_err(|error| unbuilt(&error))?).build(),
        );
        for identifier in user.identifiers() {
            let change = Update::builder()
                .table_name(&self.credentials)
                .key("identifier", text(identifier.as_str()))
                .update_expression("ADD epoch :one")
                .condition_expression("user_id = :user_id")
                .expression_attribute_values(":one", one.clone())
                .expression_attribute_values(":user_id", text(user.user_id.as_str()));
            let change =
                TransactWriteItem::builder().update(change.build().map_err(|error| unbuilt(&error))?);
            transaction = transaction.transact_items(change.build());
        }
        transaction.send().await.map(drop).map_err(|error| match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(_)) => {
                Error::Unavailable(Cause::from_error(&error))
            }
            _ => failure(&error),
        })
    }
}
