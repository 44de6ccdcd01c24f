//! The rotation of the signing keys.
//!
//! It has no route. Secrets Manager calls it, at every interval of the secret's rotation schedule or when an operator
//! says so, with the steps of [a rotation](https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html),
//! one after the other:
//!
//! | step | does |
//! |---|---|
//! | `createSecret` | keeps a version of the secret that has a new key, which signs in an hour, and no key whose last token has ended |
//! | `setSecret` | nothing |
//! | `testSecret` | sees that this version continues the current one |
//! | `finishSecret` | makes it the one that the functions read |
//!
//! A step that fails is an error of the function; Secrets Manager repeats it, and an alarm tells.

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::config::Environment;
use latchkey::error::Error;
use latchkey::keys::{Rotation, Step};
use latchkey::time::Timestamp;

/// What Secrets Manager sends.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// What to do.
    pub step: Step,
    /// The ARN of the secret.
    pub secret_id: String,
    /// Names the rotation, and the version of the secret that it makes.
    pub client_request_token: String,
}

/// Starts the function from the environment, and serves until Lambda stops it.
pub async fn run() -> ExitCode {
    latchkey::lambda::process(serve()).await
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let rotation = &Rotation::new(&Environment::from_process())?;
    let handler = |event: LambdaEvent<Event>| async move {
        handle(rotation, &event.payload, Timestamp::now()).await.map_err(lambda_runtime::Error::from)
    };
    let done = lambda_runtime::run(service_fn(handler)).await;
    Ok(done.map_err(|error| format!("Lambda's runtime failed: {error}"))?)
}

/// Takes one step.
///
/// # Errors
/// Those of [`Rotation::take`], which are logged here.
pub async fn handle(rotation: &Rotation, event: &Event, now: Timestamp) -> Result<(), Error> {
    // Boxed, because the SDK's futures nest deeper than the compiler follows by itself.
    let done = Box::pin(rotation.take(event.step, &event.secret_id, &event.client_request_token, now)).await;
    if let Err(error) = &done {
        tracing::error!(step = ?event.step, "rotation of the signing keys: {error}");
    }
    done
}
