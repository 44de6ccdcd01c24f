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

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials as AwsCredentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

pub use self::accounts::{Accounts, SignUp};
pub use self::credentials::{Credential, Credentials};
pub use self::limits::{LoginAttempt, LoginLimiter, SignupLimiter};
pub use self::sessions::{Deleted, Renewal, Sessions};
pub use self::users::Users;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::user::random_bytes;

/// A row as the SDK gives it.
type Item = std::collections::HashMap<String, AttributeValue>;

/// How often we ask again ourselves, for what the SDK does not take for a failure.
const TRIES: u32 = 3;

/// The client that all tables of a function share, with the region, the credentials and the endpoint
/// of AWS's own variables. Lambda sets them; no other source is looked for.
///
/// The SDK alone would wait without end for an answer, and a second before it tries again. A person
/// waits at most 2.5 s here, in which a lost packet or a throttled call is tried again twice.
///
/// # Errors
/// Names the variable that is missing.
pub fn client(environment: &Environment) -> Result<Client, ConfigError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(300))
        .operation_attempt_timeout(Duration::from_millis(800))
        .operation_timeout(Duration::from_millis(2_500))
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(TRIES)
        .with_initial_backoff(Duration::from_millis(25))
        .with_max_backoff(Duration::from_millis(200));
    let credentials = AwsCredentials::new(
        environment.aws("AWS_ACCESS_KEY_ID")?,
        environment.aws("AWS_SECRET_ACCESS_KEY")?,
        environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "environment",
    );
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(Region::new(environment.aws("AWS_REGION")?))
        .timeout_config(timeouts)
        .retry_config(retries);
    // The SDK's own loader takes an empty variable, which `sam local` sets, for an address and panics.
    let endpoint =
        environment.get("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| environment.get("AWS_ENDPOINT_URL"));
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint);
    }
    Ok(Client::new(&config.build()))
}

/// What a failed call means.
fn failure<E>(error: &SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    let is_fault = match error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::ServiceError(service) => {
            !service.raw().status().is_server_error() && !code.is_some_and(is_transient)
        }
        _ => false,
    };
    let cause = Cause::of(error).after(code);
    if is_fault { Error::Internal(cause) } else { Error::Unavailable(cause) }
}

/// Codes that DynamoDB answers with status 400 although the request was right.
fn is_transient(code: &str) -> bool {
    matches!(
        code,
        "LimitExceededException"
            | "ProvisionedThroughputExceededException"
            | "ReplicatedWriteConflictException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "TransactionConflictException"
            | "TransactionInProgressException"
    )
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
    let [random] = random_bytes::<1>()?;
    let jitter = Duration::from_micros(u64::from(random) * 100);
    tokio::time::sleep(Duration::from_millis(10) * 2u32.pow(tries) + jitter).await;
    Ok(())
}
