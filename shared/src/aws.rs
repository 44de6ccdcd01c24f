//! What the clients of AWS's services share: endpoints, credentials, timeouts, retries, and the meaning of errors.

mod https;
mod interceptors;
pub(crate) mod secrets_manager;

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use futures_util::FutureExt as _;

pub use crate::aws::https::https_client;
pub use crate::aws::interceptors::WithoutExtras;
pub(crate) use crate::aws::interceptors::{OnAttempt, count, counted};
use crate::aws::secrets_manager::{SecretsManager, Settings};
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};

/// The most attempts of a call that fails in a way that may pass.
pub(crate) const TRIES: u32 = 3;

/// What to do if one of AWS's own variables is missing.
const HINT: &str = "Lambda sets it; elsewhere, set it as for the AWS CLI";

/// The settings of the calls of AWS's services, and the connections that they share.
#[derive(Debug)]
pub struct Aws {
    settings: Settings,
    /// The endpoint of `DynamoDB`, if it is not AWS's own.
    dynamodb: Option<String>,
    secrets_manager: String,
    /// The endpoint of SES, if it is not AWS's own.
    ses: Option<String>,
}

impl Aws {
    /// Reads the region, the credentials and the endpoints from AWS's own variables, which Lambda sets. There is no
    /// other source.
    ///
    /// A call takes at most 2.5 seconds, because a user waits for it. In that time it is tried again twice, for example
    /// after a lost packet or throttling. The SDK's own defaults have no timeout for a response, and wait a second
    /// before they try again.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(300))
            .operation_attempt_timeout(Duration::from_millis(800))
            .operation_timeout(Duration::from_millis(2_500))
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(TRIES)
            .with_initial_backoff(Duration::from_millis(25))
            .with_max_backoff(Duration::from_millis(200));
        let credentials = Credentials::new(
            environment.required("AWS_ACCESS_KEY_ID", HINT)?,
            environment.required("AWS_SECRET_ACCESS_KEY", HINT)?,
            environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        let region = environment.required("AWS_REGION", HINT)?;
        // `sam local` sets empty variables. The SDK's own loader takes one for an address and panics.
        let endpoint = |variable| environment.get(variable).or_else(|| environment.get("AWS_ENDPOINT_URL"));
        let secrets_manager = match endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER") {
            Some(endpoint) => endpoint.to_owned(),
            None => secrets_manager(&region).ok_or_else(|| {
                ConfigError::new("AWS_REGION", "must be a region of AWS, like eu-central-1")
            })?,
        };
        let settings = Settings {
            credentials: SharedCredentialsProvider::new(credentials),
            region: Region::new(region),
            http_client: https::client(environment)?,
            timeouts,
            retries,
        };
        let dynamodb = endpoint("AWS_ENDPOINT_URL_DYNAMODB").map(str::to_owned);
        let ses = endpoint("AWS_ENDPOINT_URL_SESV2").map(str::to_owned);
        Ok(Self { settings, dynamodb, secrets_manager, ses })
    }

    pub(crate) fn dynamodb(&self) -> SdkConfig {
        self.config(self.dynamodb.clone())
    }

    /// The settings of a client of SES. No user waits for its calls, so they may take longer: 8 seconds in all.
    #[must_use]
    pub fn ses(&self) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(300))
            .operation_attempt_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(8))
            .build();
        self.config(self.ses.clone()).to_builder().timeout_config(timeouts).build()
    }

    fn config(&self, endpoint: Option<String>) -> SdkConfig {
        let Settings { credentials, region, http_client, timeouts, retries } = &self.settings;
        let mut settings = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials.clone())
            // The credentials do not change, so there is nothing to cache.
            .identity_cache(IdentityCache::no_cache())
            .region(region.clone())
            .http_client(http_client.clone())
            .timeout_config(timeouts.clone())
            // The timeouts above are shorter than those of this protection.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries.clone());
        settings.set_endpoint_url(endpoint);
        settings.build()
    }

    pub(crate) fn secrets_manager(&self) -> SecretsManager {
        SecretsManager::new(&self.settings, &self.secrets_manager)
    }
}

/// The endpoint of Secrets Manager: that of `DynamoDB` with the other name. The SDK knows the domains of all
/// partitions.
fn secrets_manager(region: &str) -> Option<String> {
    let region = Params::builder().region(region).build().ok()?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&region).now_or_never()?.ok()?;
    Some(endpoint.url().replacen("dynamodb", "secretsmanager", 1))
}

/// The meaning of a failed call: [`Error::Internal`] if it is a fault, [`Error::Unavailable`] if it may pass.
pub fn failure<E>(error: &SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = code(error);
    let is_fault = match error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::ServiceError(service) => {
            !service.raw().status().is_server_error() && !code.is_some_and(is_transient)
        }
        _ => false,
    };
    let cause = Cause::from_error(error).after(code);
    if is_fault { Error::Internal(cause) } else { Error::Unavailable(cause) }
}

/// The code of a failed call, if the service has given one.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Whether a code comes with status 400 although the request is correct and may succeed later.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_in_the_partition_of_the_region() {
        for (region, expected) in [
            ("eu-central-1", "https://secretsmanager.eu-central-1.amazonaws.com"),
            ("us-gov-west-1", "https://secretsmanager.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "https://secretsmanager.cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "https://secretsmanager.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(secrets_manager(region).as_deref(), Some(expected));
        }
        assert_eq!(secrets_manager("not a region"), None);
    }
}
