//! One call that reads many items, also of several tables.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::aws::{TRIES, failure};
use crate::error::{Cause, Error};
use crate::store::client::back_off;
use crate::store::item::Item;

/// Reads the items with these keys, by table. It asks again for keys that DynamoDB leaves unprocessed.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`].
pub(super) async fn read(
    client: &Client,
    mut keys: HashMap<String, KeysAndAttributes>,
) -> Result<HashMap<String, Vec<Item>>, Error> {
    let mut tables: HashMap<String, Vec<Item>> = HashMap::new();
    for tries in 0..TRIES {
        let output = client.batch_get_item().set_request_items(Some(keys)).send().await;
        let output = output.map_err(|error| failure(&error))?;
        for (table, items) in output.responses.unwrap_or_default() {
            tables.entry(table).or_default().extend(items);
        }
        keys = output.unprocessed_keys.unwrap_or_default();
        if keys.is_empty() {
            return Ok(tables);
        }
        back_off(tries).await?;
    }
    Err(Error::Unavailable(Cause::new("DynamoDB left keys unprocessed in every try")))
}

/// Reads the items of one table with these keys, strongly consistent.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`].
pub(super) async fn read_table(client: &Client, table: &str, keys: Vec<Item>) -> Result<Vec<Item>, Error> {
    if keys.is_empty() {
        return Ok(vec![]);
    }
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
    let keys = keys.map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    Ok(read(client, HashMap::from([(table.to_owned(), keys)])).await?.into_values().flatten().collect())
}
