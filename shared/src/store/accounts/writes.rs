//! The writes of transactions.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use serde::Serialize;

use crate::account::identifier::Identifier;
use crate::account::user::User;
use crate::error::{Cause, Error};
use crate::session::presented::PresentedSession;
use crate::store::item::{Item, number, text};
use crate::store::sessions;
use crate::store::users::ATTRIBUTES;

fn unwritten(error: &serde_dynamo::Error) -> Error {
    Error::Internal(Cause::from_error(error))
}

/// The write of a new item, on the condition that its key does not exist yet.
pub(super) fn put_new(table: &str, new: &impl Serialize, key: &str) -> Result<TransactWriteItem, Error> {
    put_item(table, serde_dynamo::to_item(new).map_err(|error| unwritten(&error))?, key)
}

/// The same of a user, with the attributes of the application.
pub(super) fn put_new_user(table: &str, user: &User) -> Result<TransactWriteItem, Error> {
    let mut item: Item = serde_dynamo::to_item(user).map_err(|error| unwritten(&error))?;
    if !user.attributes.is_empty() {
        let attributes = serde_dynamo::to_attribute_value(&user.attributes);
        item.insert(ATTRIBUTES.to_owned(), attributes.map_err(|error| unwritten(&error))?);
    }
    put_item(table, item, "user_id")
}

fn put_item(table: &str, item: Item, key: &str) -> Result<TransactWriteItem, Error> {
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

/// The change of a user from what was read to what comes next: it writes the attributes that differ, on the condition
/// that the user has not changed since it was read.
///
/// Every change raises the version, so the version is that of all attributes. A role may write what a condition names,
/// so the condition names no other attribute, but the epoch where the change raises it.
pub(super) fn change_user(table: &str, read: &User, next: &User) -> Result<TransactWriteItem, Error> {
    let [before, after] = [read, next].map(serde_dynamo::to_item::<_, Item>);
    let (mut before, mut after) =
        (before.map_err(|error| unwritten(&error))?, after.map_err(|error| unwritten(&error))?);
    // What an application has written stays as it is, whatever its shape, unless it is replaced.
    if read.attributes != next.attributes {
        before.insert(ATTRIBUTES.to_owned(), AttributeValue::Null(true));
        if !next.attributes.is_empty() {
            let attributes =
                serde_dynamo::to_attribute_value(&next.attributes).map_err(|error| unwritten(&error))?;
            after.insert(ATTRIBUTES.to_owned(), attributes);
        }
    }
    let mut change = Update::builder()
        .table_name(table)
        .key("user_id", text(read.user_id.as_str()))
        .expression_attribute_values(":read", number(read.version));
    let mut condition = "version = :read".to_owned();
    if read.epoch != next.epoch {
        condition += " AND epoch = :read_epoch";
        change = change.expression_attribute_values(":read_epoch", number(read.epoch));
    }
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for (number, (name, value)) in
        after.iter().filter(|(name, value)| before.get(*name) != Some(*value)).enumerate()
    {
        set.push(format!("#set{number} = :set{number}"));
        change = change
            .expression_attribute_names(format!("#set{number}"), name)
            .expression_attribute_values(format!(":set{number}"), value.clone());
    }
    for (number, name) in before.keys().filter(|name| !after.contains_key(*name)).enumerate() {
        removed.push(format!("#removed{number}"));
        change = change.expression_attribute_names(format!("#removed{number}"), name);
    }
    let set = format!("SET {}", set.join(", "));
    let expression = if removed.is_empty() { set } else { format!("{set} REMOVE {}", removed.join(", ")) };
    let change = change.update_expression(expression).condition_expression(condition).build();
    Ok(TransactWriteItem::builder().update(change.map_err(|error| unbuilt(&error))?).build())
}

/// The deletion of a user, on the condition that the user has not changed since it was read.
pub(super) fn delete_user(table: &str, read: &User) -> Result<TransactWriteItem, Error> {
    let delete = Delete::builder()
        .table_name(table)
        .key("user_id", text(read.user_id.as_str()))
        .condition_expression("version = :read")
        .expression_attribute_values(":read", number(read.version))
        .build();
    Ok(TransactWriteItem::builder().delete(delete.map_err(|error| unbuilt(&error))?).build())
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

/// A write that was put together wrongly.
pub(super) fn unbuilt(error: &BuildError) -> Error {
    Error::Internal(Cause::from_error(error))
}

/// The key of a credential.
pub(super) fn key(identifier: &Identifier) -> Item {
    Item::from([("identifier".to_owned(), text(identifier.as_str()))])
}
