//! The client for DynamoDB.

use std::time::Duration;

use aws_sdk_dynamodb::{Client, Config};

use crate::aws::{self, Aws, OnAttempt, WithoutExtras};
use crate::error::Error;
use crate::random;

/// The client that all tables of a function share. It counts its calls for the log entry of the request.
#[must_use]
pub fn client(aws: &Aws) -> Client {
    let config = Config::from(&aws.dynamodb()).to_builder();
    Client::from_conf(config.interceptor(WithoutExtras).interceptor(OnAttempt(aws::count)).build())
}

/// Waits before the next try: longer each time, and for a random time that differs from that of other requests.
pub(super) async fn back_off(tries: u32) -> Result<(), Error> {
    let [random] = random::bytes::<1>()?;
    let jitter = Duration::from_micros(u64::from(random) * 100);
    tokio::time::sleep(Duration::from_millis(10) * 2u32.pow(tries) + jitter).await;
    Ok(())
}

/// The number of items of a table, as DynamoDB has last counted them. It is some hours old.
pub(super) async fn item_count(client: &Client, table: &str) -> Result<u64, Error> {
    let described = client.describe_table().table_name(table).send().await;
    let table = described.map_err(|error| aws::failure(&error))?.table;
    Ok(table.and_then(|table| table.item_count?.try_into().ok()).unwrap_or_default())
}
