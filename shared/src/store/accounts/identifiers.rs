//! The writes of credentials as identifiers change hands. An identifier is free, or a user has it, or it is held: no
//! one has it, and only its last user can get it back.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};

use crate::account::identifier::Identifier;
use crate::account::user::{User, UserId};
use crate::error::{Cause, Error};
use crate::password::hash::StoredHash;
use crate::store::accounts::writes::{key, unbuilt, update};
use crate::store::credentials::Credential;
use crate::store::item::{number, text};
use crate::time::{Seconds, Timestamp};

/// For how long a username is held.
pub(super) const USERNAME_HELD: Seconds = Seconds(30 * 86_400);

/// For how long an email address is held.
pub(super) const EMAIL_HELD: Seconds = Seconds(7 * 86_400);

/// Who may take an identifier that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeldFor {
    /// Anyone, when its time is over.
    Anyone,
    /// Its last user at once, and anyone when its time is over.
    LastUser,
}

/// Gives an identifier to a user. It fails if another user has it, or if it is held for another one.
pub(super) fn take(
    table: &str,
    credential: &Credential,
    held_for: HeldFor,
    now: Timestamp,
) -> Result<TransactWriteItem, Error> {
    let item =
        serde_dynamo::to_item(credential).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let mut is_free = "attribute_not_exists(identifier) OR held_until <= :now".to_owned();
    let mut put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .expression_attribute_values(":now", number(now.as_seconds()));
    if held_for == HeldFor::LastUser {
        is_free += " OR (user_id = :user_id AND attribute_exists(held_until))";
        put = put.expression_attribute_values(":user_id", text(credential.user_id.as_str()));
    }
    // The response must not contain the existing item, which may hold the password hash of another user.
    let put = put.condition_expression(is_free).build();
    Ok(TransactWriteItem::builder().put(put.map_err(|error| unbuilt(&error))?).build())
}

/// Holds an identifier that a user has. With the credential that a new one copies, it fails if the password hash has
/// changed since that was read.
pub(super) fn hold(
    table: &str,
    identifier: &Identifier,
    user_id: &UserId,
    copied: Option<&Credential>,
    until: Timestamp,
) -> Result<TransactWriteItem, Error> {
    let mut values = vec![(":until", number(until.as_seconds())), (":user_id", text(user_id.as_str()))];
    let (is_same, read) = is_same(copied);
    values.extend(read);
    let condition = format!("user_id = :user_id AND attribute_not_exists(held_until){is_same}");
    update(
        table,
        key(identifier),
        "SET held_until = :until REMOVE password_hash, imported",
        &condition,
        values,
    )
}

/// Gives a user an identifier back with a new password: one that is still held at `held_at`, or, without that time, one
/// that the user has or had.
pub(super) fn give_back(
    table: &str,
    identifier: &Identifier,
    user: &User,
    password_hash: &StoredHash,
    held_at: Option<Timestamp>,
) -> Result<TransactWriteItem, Error> {
    let mut values = vec![
        (":hash", text(password_hash.reveal())),
        (":epoch", number(user.epoch)),
        (":user_id", text(user.user_id.as_str())),
    ];
    let mut condition = "user_id = :user_id".to_owned();
    if let Some(now) = held_at {
        condition += " AND held_until > :now";
        values.push((":now", number(now.as_seconds())));
    }
    let change = "SET password_hash = :hash, epoch = :epoch REMOVE held_until, imported";
    update(table, key(identifier), change, &condition, values)
}

/// Frees an identifier that a user has or had. With the credential that a new one copies, it fails like [`hold`].
pub(super) fn free(
    table: &str,
    identifier: &Identifier,
    user_id: &UserId,
    copied: Option<&Credential>,
) -> Result<TransactWriteItem, Error> {
    let (is_same, read) = is_same(copied);
    let mut delete = Delete::builder()
        .table_name(table)
        .set_key(Some(key(identifier)))
        .condition_expression(format!("user_id = :user_id{is_same}"))
        .expression_attribute_values(":user_id", text(user_id.as_str()));
    if let Some((name, value)) = read {
        delete = delete.expression_attribute_values(name, value);
    }
    let delete = delete.build().map_err(|error| unbuilt(&error))?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

/// The condition that a credential which is copied still has the password hash that was read, and its value.
fn is_same(copied: Option<&Credential>) -> (&'static str, Option<(&'static str, AttributeValue)>) {
    match copied.map(|credential| credential.password_hash.as_ref()) {
        None => ("", None),
        Some(None) => (" AND attribute_not_exists(password_hash)", None),
        Some(Some(hash)) => (" AND password_hash = :read", Some((":read", text(hash.reveal())))),
    }
}

/// The changes of both credentials of a user who has not logged in since an import at this time. They fail if the user
/// has.
pub(super) fn change_unused(
    table: &str,
    user: &User,
    imported: Timestamp,
    change: &str,
    values: &[(&'static str, AttributeValue)],
) -> Result<Vec<TransactWriteItem>, Error> {
    let condition = "user_id = :owner AND imported = :seen";
    let changes = user.identifiers().map(|identifier| {
        let own = [(":owner", text(user.user_id.as_str())), (":seen", number(imported.as_seconds()))];
        let values = values.iter().cloned().chain(own);
        update(table, key(&identifier), change, condition, values)
    });
    changes.into_iter().collect()
}

/// Takes the password away, so that the user chooses a new one.
pub(super) const TAKE_AWAY: &str = "REMOVE password_hash, imported";
