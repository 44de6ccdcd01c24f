//! One call that reads items of several tables.

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
