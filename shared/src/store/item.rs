//! Items as the SDK represents them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// An item: its attributes by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An attribute with this text.
pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Parses an item of a table. Attributes that this version does not know are ignored.
///
/// # Errors
/// [`Error::Internal`] when an attribute is missing or wrong.
pub(super) fn parse<T: DeserializeOwned>(table: &str, item: Item) -> Result<T, Error> {
    // The library's own error is dropped, because it can quote the value of an attribute.
    serde_dynamo::from_item(item).map_err(|_| Error::internal(&format!("an item of {table} is malformed")))
}
