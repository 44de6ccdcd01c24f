//! The writes of transactions.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use serde::Serialize;

use crate::error::{Cause, Error};
use crate::session::presented::PresentedSession;
use crate::store::item::Item;
use crate::store::sessions;

/// The write of a new item, on the condition that its key does not exist yet.
pub(super) fn put_new(table: &str, new: &impl Serialize, key: &str) -> Result<TransactWriteItem, Error> {
    let item = serde_dynamo::to_item(new).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let put = Put::builder().table_name(table).set_item(Some(item));
    // The response must not contain the existing item, which may hold the password hash of another user.
    let put = put.condition_expression("attribute_not_exists(#key)").expression_attribute_names("#key", key);
    Ok(TransactWriteItem::builder().put(put.build().map_err(|error| unbuilt(&error))?).build())
}

/// The end of the session that a request presents. There may be none.
pub(super) fn delete_session(table: &str, presented: &PresentedSession) -> Result<TransactWriteItem, Error> {
    let (user_id, session_id) = sessions::key(&presented.user_id, &presented.session_id());
    let delete = Delete::builder().table_name(table).key("user_id", user_id).key("session_id", session_id);
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(|error| unbuilt(&error))?).build())
}

/// The update of one item, on a condition that only an existing item meets.
pub(super) fn update(
    table: &str,
    key: Item,
    change: &str,
    condition: &str,
    values: impl IntoIterator<Item = (&'static str, AttributeValue)>,
) -> Result<TransactWriteItem, Error> {
    let mut update = Update::builder()
        .table_name(table)
        .set_key(Some(key))
        .update_expression(change)
        .condition_expression(condition);
    for (name, value) in values {
        update = update.expression_attribute_values(name, value);
    }
    Ok(TransactWriteItem::builder().update(update.build().map_err(|error| unbuilt(&error))?).build())
}

fn unbuilt(error: &BuildError) -> Error {
    Error::Internal(Cause::from_error(error))
}
