//! Items as the SDK represents them.

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use serde::de::DeserializeOwned;

use crate::error::{Cause, Error};

/// An item: its attributes by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An attribute with this text.
pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// An attribute with this number.
pub(super) fn number(number: impl Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

/// Parses an item of a table. Attributes that this version does not know are ignored.
///
/// # Errors
/// [`Error::Internal`] when an attribute is missing or wrong.
pub(super) fn parse<T: DeserializeOwned>(table: &str, item: Item) -> Result<T, Error> {
    // The library's own error is dropped, because it can quote the value of an attribute.
    serde_dynamo::from_item(item).map_err(|_| Error::internal(&format!("an item of {table} is malformed")))
}

/// A deletion that is one part of a batch of writes.
#[derive(Debug)]
pub struct Deletion {
    pub(super) table: String,
    pub(super) write: WriteRequest,
}

impl Deletion {
    /// Deletes the item with this key.
    pub(super) fn new(table: &str, key: Item) -> Result<Self, Error> {
        let delete = DeleteRequest::builder().set_key(Some(key)).build();
        let delete = delete.map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        Ok(Self { table: table.to_owned(), write: WriteRequest::builder().delete_request(delete).build() })
    }
}
