//! The tables, one file each: the only code that speaks to DynamoDB.
//!
//! Every read that decides anything is strongly consistent, every update says on what condition, and
//! no row is put over another. Errors of the SDK end here: [`Error::Unavailable`] when trying again
//! may help, [`Error::Internal`] when it will not.

mod accounts;
mod attempts;
mod credentials;
mod limits;
mod sessions;
mod users;

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use serde::de::DeserializeOwned;

pub use self::accounts::{Accounts, SignUp};
pub use self::credentials::{Credential, Credentials};
pub use self::limits::{LoginAttempt, LoginLimiter, SignupLimiter};
pub use self::sessions::{Deleted, Renewal, Sessions};
pub use self::users::Users;
use crate::aws::{self, Aws, OnAttempt, TRIES, failure};
use crate::error::Error;
use crate::random;

/// A row as the SDK gives it.
type Item = std::collections::HashMap<String, AttributeValue>;

/// The client that all tables of a function share.
#[must_use]
pub fn client(aws: &Aws) -> Client {
    let config = Config::from(&aws.dynamodb()).to_builder();
    Client::from_conf(config.interceptor(OnAttempt(aws::count)).build())
}

/// A string as an attribute.
fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Reads a row. Attributes that this version does not know are ignored.
fn row<T: DeserializeOwned>(table: &str, item: Item) -> Result<T, Error> {
    // What the library says of a wrong attribute can quote its value.
    serde_dynamo::from_item(item).map_err(|_| Error::internal(&format!("a row of {table} is malformed")))
}

/// Waits before the next try, longer each time, and not as long as others who failed with us.
async fn back_off(tries: u32) -> Result<(), Error> {
    let [random] = random::bytes::<1>()?;
    let jitter = Duration::from_micros(u64::from(random) * 100);
    tokio::time::sleep(Duration::from_millis(10) * 2u32.pow(tries) + jitter).await;
    Ok(())
}
