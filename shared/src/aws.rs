//! What the clients of AWS's services share: endpoints, credentials, timeouts, retries, and the meaning of errors.

mod https;

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{
    ConfigBag, Credentials, Intercept, RuntimeComponents, SharedCredentialsProvider,
};
use aws_sdk_dynamodb::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::interceptors::disable_interceptor;

use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};

/// The most attempts of a call that fails in a way that may pass.
pub(crate) const TRIES: u32 = 3;

/// What to do if one of AWS's own variables is missing.
const HINT: &str = "Lambda sets it; elsewhere, set it as for the AWS CLI";

/// The settings of the clients of AWS's services, and the connections that they share.
#[derive(Debug)]
pub struct Aws {
    settings: SdkConfig,
    dynamodb: Option<String>,
    secrets_manager: Option<String>,
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
        let settings = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // The credentials do not change, so there is nothing to cache.
            .identity_cache(IdentityCache::no_cache())
            .region(Region::new(environment.required("AWS_REGION", HINT)?))
            .http_client(https::client(environment)?)
            .timeout_config(timeouts)
            // The timeouts above are shorter than those of this protection.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(retries)
            .build();
        // `sam local` sets empty variables. The SDK's own loader takes one for an address and panics.
        let endpoint = |variable| environment.get(variable).or_else(|| environment.get("AWS_ENDPOINT_URL"));
        Ok(Self {
            settings,
            dynamodb: endpoint("AWS_ENDPOINT_URL_DYNAMODB").map(str::to_owned),
            secrets_manager: endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER").map(str::to_owned),
        })
    }

    pub(crate) fn dynamodb(&self) -> SdkConfig {
        self.at(self.dynamodb.as_ref())
    }

    pub(crate) fn secrets_manager(&self) -> SdkConfig {
        self.at(self.secrets_manager.as_ref())
    }

    fn at(&self, endpoint: Option<&String>) -> SdkConfig {
        let mut settings = self.settings.to_builder();
        settings.set_endpoint_url(endpoint.cloned());
        settings.build()
    }
}

tokio::task_local! {
    static CALLS: Cell<u32>;
}

/// Runs a future, and counts the attempts of calls to DynamoDB that it makes.
pub(crate) async fn counted<F: Future>(future: F) -> (F::Output, u32) {
    CALLS.scope(Cell::new(0), async { (future.await, CALLS.with(Cell::get)) }).await
}

/// Counts one attempt of a call for the current request. Outside of a request it does nothing.
pub(crate) fn count() {
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

/// An interceptor that runs a function before each attempt of a call.
pub(crate) struct OnAttempt<F>(pub F);

impl<F> fmt::Debug for OnAttempt<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OnAttempt(…)")
    }
}

impl<F: Fn() + Send + Sync> Intercept for OnAttempt<F> {
    fn name(&self) -> &'static str {
        "OnAttempt"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        (self.0)();
        Ok(())
    }
}

/// An interceptor that turns others off: those of headers in which the SDK describes itself and counts its attempts. They
/// took a twelfth of a call's CPU time, and nobody reads them: AWS finds a call by the id in its response.
#[derive(Debug)]
pub(crate) struct WithoutExtras;

impl Intercept for WithoutExtras {
    fn name(&self) -> &'static str {
        "WithoutExtras"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        const WHY: &str = "nobody reads the header";
        let state = config.interceptor_state();
        state.store_put(disable_interceptor::<UserAgentInterceptor>(WHY));
        state.store_put(disable_interceptor::<InvocationIdInterceptor>(WHY));
        state.store_put(disable_interceptor::<RequestInfoInterceptor>(WHY));
        Ok(())
    }
}

/// The meaning of a failed call: [`Error::Internal`] if it is a fault, [`Error::Unavailable`] if it may pass.
pub(crate) fn failure<E>(error: &SdkError<E>) -> Error
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
    let cause = Cause::from_error(error).after(code);
    if is_fault { Error::Internal(cause) } else { Error::Unavailable(cause) }
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
