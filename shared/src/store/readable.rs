//! Items as people read them, in a copy of their data.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::account::user::User;
use crate::error::{Cause, Error};
use crate::time::Timestamp;

/// An item with its times in RFC 3339, and without the hash of a session's secret.
///
/// # Errors
/// [`Error::Internal`] if it is no object.
pub fn readable(item: &impl Serialize) -> Result<Value, Error> {
    let item = serde_json::to_value(item).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let Value::Object(attributes) = item else { return Err(Error::internal("an item is no object")) };
    let attributes = attributes.into_iter().filter(|(name, _)| name != "session_id");
    let attributes = attributes.map(|(name, value)| {
        let is_time = name.ends_with("_at") || name.ends_with("_until");
        let time = value.as_i64().filter(|_| is_time).map(Timestamp::from_seconds);
        (name, time.map_or(value, |time| json!(time.to_rfc3339())))
    });
    Ok(Value::Object(attributes.collect::<Map<_, _>>()))
}

/// The same of a user, with the attributes that an operator has set.
///
/// # Errors
/// [`Error::Internal`] if it is no object.
pub fn readable_user(user: &User) -> Result<Value, Error> {
    let mut stored = readable(user)?;
    // Who of the operators has changed the user, and why, is not for the user's eyes.
    if let Some(stored) = stored.as_object_mut() {
        stored.remove("changed_by");
    }
    if let Some(stored) = stored.as_object_mut().filter(|_| !user.attributes.is_empty()) {
        stored.insert("attributes".to_owned(), json!(user.attributes));
    }
    Ok(stored)
}
