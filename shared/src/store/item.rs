//! Rows as the SDK has them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A row as the SDK gives it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A string as an attribute.
pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Reads a row. Attributes that this version does not know are ignored.
pub(super) fn row<T: DeserializeOwned>(table: &str, item: Item) -> Result<T, Error> {
    // What the library says of a wrong attribute can quote its value.
    serde_dynamo::from_item(item).map_err(|_| Error::internal(&format!("a row of {table} is malformed")))
}
