//! Calls of Secrets Manager, by the SDK's runtime: with the connections, the signature, the timeouts and the retries of
//! its clients, but without a second client. That one would take a tenth of a start.

use std::fmt;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_sdk_dynamodb::error::{BoxError, ErrorMetadata, SdkError};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use serde_json::{Map, Value};

/// What the calls of all services have in common.
#[derive(Debug)]
pub(super) struct Settings {
    pub credentials: SharedCredentialsProvider,
    pub region: Region,
    pub http_client: SharedHttpClient,
    pub timeouts: TimeoutConfig,
    pub retries: RetryConfig,
}

/// Secrets Manager.
#[derive(Debug)]
pub(crate) struct SecretsManager(Operation<Call, Output, ErrorMetadata>);

/// A call: the action, and its input as JSON.
struct Call(&'static str, Value);

/// The output of a call, as JSON.
pub(crate) struct Output(pub Map<String, Value>);

// The SDK wants `Debug` of both. They hold keys, so it shows nothing.
impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}(…)", self.0)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Output(…)")
    }
}

impl SecretsManager {
    pub(super) fn new(settings: &Settings, endpoint: &str) -> Self {
        let components = RuntimeComponentsBuilder::new("secretsmanager")
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(SCHEME_ID, settings.credentials.clone());
        let signature = StaticRuntimePlugin::new().with_config(signing(settings.region.clone()));
        let operation = Operation::builder()
            .service_name("secretsmanager")
            .operation_name("call")
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .http_client(settings.http_client.clone())
            .timeout_config(settings.timeouts.clone())
            .standard_retry(&settings.retries)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .runtime_plugin(signature.with_runtime_components(components))
            .serializer(|call: Call| request(&call))
            .deserializer(output);
        Self(operation.build())
    }

    /// Calls an action.
    pub(crate) async fn call(
        &self,
        action: &'static str,
        input: Value,
    ) -> Result<Output, SdkError<ErrorMetadata>> {
        self.0.invoke(Call(action, input)).await
    }
}

/// What the signature needs to know.
fn signing(region: Region) -> FrozenLayer {
    let mut layer = Layer::new("secretsmanager");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(region.into()),
        name: Some("secretsmanager".into()),
        ..SigV4OperationSigningConfig::default()
    });
    layer.freeze()
}

/// The request: AWS JSON 1.1, <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>.
fn request(Call(action, input): &Call) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(serde_json::to_vec(input)?));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/x-amz-json-1.1")?;
    headers.try_insert("x-amz-target", format!("secretsmanager.{action}"))?;
    Ok(request)
}

fn output(response: &HttpResponse) -> Result<Output, OrchestratorError<ErrorMetadata>> {
    let body = serde_json::from_slice(response.body().bytes().unwrap_or_default());
    if response.status().is_success() {
        return body.map(Output).map_err(|error| OrchestratorError::response(error.into()));
    }
    let body: Map<String, Value> = body.unwrap_or_default();
    let text = |name| body.get(name).and_then(Value::as_str);
    let code = text("__type").map(|code| code.rsplit('#').next().unwrap_or(code));
    let message = text("message").or_else(|| text("Message"));
    let error = ErrorMetadata::builder().code(code.unwrap_or_default()).message(message.unwrap_or_default());
    Err(OrchestratorError::operation(error.build()))
}
