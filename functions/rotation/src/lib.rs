//! The rotation of the signing keys.
//!
//! The function has no route. Secrets Manager calls it on the secret's rotation schedule, or when an operator starts a
//! rotation. It calls it with each step of [a rotation][1], one after the other:
//!
//! | step | does |
//! |---|---|
//! | `createSecret` | writes a version of the secret with a new key, without keys whose last token has expired |
//! | `setSecret` | nothing |
//! | `testSecret` | checks that the new version continues the current one |
//! | `finishSecret` | makes the new version the one that the functions read |
//!
//! The new key signs after an hour. A step that fails is an error of the function: an alarm reports it, and Secrets
//! Manager tries again.
//!
//! [1]: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::config::Environment;
use latchkey::error::Error;
use latchkey::keys::{Rotation, Step};
use latchkey::time::Timestamp;

/// The event that Secrets Manager sends.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// The step to take.
    pub step: Step,
    /// The ARN of the secret.
    pub secret_id: String,
    /// The token that names the rotation and the version of the secret that it creates.
    pub client_request_token: String,
}

/// Starts the function from the environment variables, and serves until Lambda stops it.
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

/// Takes one step of a rotation.
///
/// # Errors
/// The errors of [`Rotation::take`], which are logged here.
pub async fn handle(rotation: &Rotation, event: &Event, now: Timestamp) -> Result<(), Error> {
    // Boxed, because the SDK's futures nest deeper than the compiler's recursion limit.
    let done = Box::pin(rotation.take(event.step, &event.secret_id, &event.client_request_token, now)).await;
    if let Err(error) = &done {
        tracing::error!(step = ?event.step, "rotation of the signing keys: {error}");
    }
    done
}
