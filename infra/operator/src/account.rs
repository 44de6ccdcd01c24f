//! A stack in an AWS account, by the operator's own credentials.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::types::Stack;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use latchkey::aws::{failure, https_client};
use serde_json::json;

use crate::arguments::Common;
use crate::dry_run::without_writes;
use crate::stop::{Code, Stop};
use crate::target::{Place, Target};

/// The most attempts of a call. The SDK waits longer before each.
const TRIES: u32 = 8;
/// The name of the stack if nothing names another one.
const STACK: &str = "latchkey";

/// What a stack's account offers besides its tables.
pub(crate) struct Account {
    pub config: SdkConfig,
    /// The name of the stack.
    pub name: String,
    /// The status of the stack, like `UPDATE_COMPLETE`.
    pub status: String,
    pub secrets: aws_sdk_secretsmanager::Client,
    lambda: aws_sdk_lambda::Client,
    rotation: String,
}

/// A resource of the stack, or of the one within it.
pub(crate) struct Resource {
    /// Its type, like `AWS::Logs::LogGroup`.
    pub kind: String,
    /// Its name in the account.
    pub id: String,
}

/// How long a call may take. The person at the terminal waits for it.
pub(crate) fn timeouts() -> TimeoutConfig {
    let seconds = Duration::from_secs;
    TimeoutConfig::builder().connect_timeout(seconds(3)).operation_attempt_timeout(seconds(5)).build()
}

/// The HTTP client. It trusts the roots of this machine, because the operator's network may have its own.
pub(crate) fn http_client(common: &Common) -> SharedHttpClient {
    let client = https_client(TlsContext::default());
    if common.dry_run { without_writes(client) } else { client }
}

impl Account {
    pub(crate) async fn find(common: &Common) -> Result<Target, Stop> {
        let config = config(common).await?;
        let name = common.stack.clone().or_else(of_samconfig).unwrap_or_else(|| STACK.to_owned());
        let (stack, identity) = tokio::join!(stack(&config, &name), identity(&config));
        // Who has no credentials has no other fault yet.
        let (account, caller) = identity?;
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let stack = stack.map_err(|stop| Stop {
            detail: format!("{} ({region}, account {account})", stop.detail),
            ..stop
        })?;
        let title = format!("{name} in {region}, account {account}");

        let parameters = stack.parameters().iter();
        let parameters = parameters.filter_map(|one| one.parameter_key().zip(one.parameter_value()));
        let outputs = stack.outputs().iter();
        let outputs = outputs.filter_map(|one| one.output_key().zip(one.output_value()));
        let mut variables: BTreeMap<String, String> =
            parameters.chain(outputs).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        // Without a sender there are no mails, although there is the table.
        if variables.get("MailFrom").is_none_or(String::is_empty) {
            variables.remove("MailsTable");
        }
        let rotation = variables.get("RotationFunction").cloned().unwrap_or_default();
        let origin = variables.get("Issuer").cloned().unwrap_or_default();
        let status = stack.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default();
        let client = aws_sdk_dynamodb::Client::new(&config);
        let secrets = aws_sdk_secretsmanager::Client::new(&config);
        let lambda = aws_sdk_lambda::Client::new(&config);
        let account = Self { config, name, status, secrets, lambda, rotation };
        Ok(Target::new((title, origin, caller), variables, client, Place::Account(Box::new(account))))
    }

    /// All resources of the stack.
    pub(crate) async fn resources(&self) -> Result<Vec<Resource>, Stop> {
        let client = aws_sdk_cloudformation::Client::new(&self.config);
        let (mut found, mut stacks) = (Vec::new(), vec![self.name.clone()]);
        while let Some(stack) = stacks.pop() {
            let mut pages = client.list_stack_resources().stack_name(stack).into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Stop::from(failure(&error)))?;
                for resource in page.stack_resource_summaries.unwrap_or_default() {
                    let text = |text: Option<String>| text.unwrap_or_default();
                    let (kind, id) = (text(resource.resource_type), text(resource.physical_resource_id));
                    if kind == "AWS::CloudFormation::Stack" {
                        stacks.push(id);
                    } else {
                        found.push(Resource { kind, id });
                    }
                }
            }
        }
        Ok(found)
    }

    /// What is wrong with a trigger of a function by a stream. `None` if it works.
    pub(crate) async fn fault_of_trigger(
        &self,
        id: &str,
        stream: Option<&str>,
    ) -> Result<Option<String>, Stop> {
        let found = self.lambda.get_event_source_mapping().uuid(id).send().await;
        let found = found.map_err(|error| Stop::from(failure(&error)))?;
        let state = found.state().unwrap_or_default();
        if !["Enabled", "Enabling", "Creating", "Updating"].contains(&state) {
            let turn_on = "aws lambda update-event-source-mapping --enabled --uuid";
            return Ok(Some(format!("its trigger is {state}, so no mail is sent: {turn_on} {id}")));
        }
        if stream.is_some() && found.event_source_arn() != stream {
            let detail = "its trigger reads a former stream, so no mail is sent: deploy the stack again";
            return Ok(Some(detail.to_owned()));
        }
        let last = found.last_processing_result().unwrap_or_default();
        let is_broken = last.starts_with("PROBLEM");
        Ok(is_broken.then(|| format!("its trigger says {last}: see the alarm MailsDelayed")))
    }

    /// The pseudonyms of something, as the rotation function computes them: one for each key, by its name.
    pub(crate) async fn pseudonyms(&self, kind: &str, of: &str) -> Result<BTreeMap<String, String>, Stop> {
        let event = serde_json::to_vec(&json!({ "Kind": kind, "Of": of })).map_err(Stop::failed)?;
        let output = self.lambda.invoke().function_name(&self.rotation).payload(event.into()).send().await;
        let output = output.map_err(|error| Stop::from(failure(&error)))?;
        let payload = output.payload.unwrap_or_else(|| Vec::new().into());
        let found: Option<BTreeMap<String, String>> = serde_json::from_slice(payload.as_ref()).ok();
        // A text of another shape is an error of the function. It must not become a part of a query.
        let is_pseudonym = |(name, text): (&String, &String)| {
            (name == "counter" || name.parse::<i64>().is_ok())
                && !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        found
            .filter(|found| {
                output.function_error.is_none() && !found.is_empty() && found.iter().all(is_pseudonym)
            })
            .ok_or_else(|| Stop::failed("the rotation function failed: read its log"))
    }
}

async fn config(common: &Common) -> Result<SdkConfig, Stop> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(common))
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES));
    if let Some(profile) = &common.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &common.region {
        loader = loader.region(Region::new(region.clone()));
    }
    let config = loader.load().await;
    if config.region().is_none() {
        return Err(Stop::failed(
            "no region is set: add --region or set AWS_REGION, or add --local for a running `make dev`",
        ));
    }
    Ok(config)
}

async fn stack(config: &SdkConfig, name: &str) -> Result<Stack, Stop> {
    let described = aws_sdk_cloudformation::Client::new(config).describe_stacks().stack_name(name).send();
    let described = described.await.map_err(|error| {
        let is_missing = error.as_service_error().is_some_and(|error| {
            error.meta().message().is_some_and(|message| message.contains("does not exist"))
        });
        if is_missing {
            let detail = format!("there is no stack {name}: choose --stack, --region or --profile");
            return Stop::new(Code::Failed, detail);
        }
        Stop::from(failure(&error))
    })?;
    let stack = described.stacks.and_then(|mut stacks| stacks.pop());
    stack.ok_or_else(|| Stop::failed(format!("there is no stack {name}")))
}

/// The account of the credentials, and the ARN of their identity.
async fn identity(config: &SdkConfig) -> Result<(String, String), Stop> {
    let identity = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let identity = identity.map_err(|error| match &error {
        SdkError::DispatchFailure(failed) if failed.is_other() => Stop::failed(
            "there are no AWS credentials: log in, for example with `aws sso login`, or set --profile or AWS_PROFILE",
        ),
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
            Stop::failed(format!("AWS cannot be reached: look at the network, and at --region ({})", failure(&error)))
        }
        _ => Stop::failed(format!("AWS does not take these credentials: log in again ({})", failure(&error))),
    })?;
    Ok((identity.account.unwrap_or_default(), identity.arn.unwrap_or_default()))
}

/// The name of the stack that `sam deploy` uses in this folder.
fn of_samconfig() -> Option<String> {
    let text = fs::read_to_string("samconfig.toml").ok()?;
    let config: toml::Table = text.parse().ok()?;
    let parameters =
        |command: &str| config.get("default")?.get(command)?.get("parameters")?.get("stack_name");
    let name = parameters("deploy").or_else(|| parameters("global"))?;
    name.as_str().map(str::to_owned)
}
