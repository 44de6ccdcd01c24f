//! The rotation of the signing keys and of the keys of access tokens, and the pseudonyms that the former make.
//!
//! The function has no route. Secrets Manager calls it on a secret's rotation schedule, or when an operator starts a
//! rotation. It calls it with each step of [a rotation][1], one after the other:
//!
//! | step | does |
//! |---|---|
//! | `createSecret` | writes a version of the secret with a new key, without keys that no token needs |
//! | `setSecret` | nothing |
//! | `testSecret` | checks that the new version continues the current one, and that its public keys are known |
//! | `finishSecret` | makes the new version the one that the functions read |
//!
//! An operator calls it with `{"Kind": "identifier", "Of": "username#ada.l"}`, also with the kinds `user` and
//! `address`. It returns the pseudonyms with which the log names this user, one for each key, by the time from which
//! the key signs. So no one needs a key to find the log entries of a user. With `{"Kind": "counter", "Of":
//! "identifier#username#ada.l"}` it returns the key of this counter in the limits table, as the member `counter`.
//!
//! Before it writes a version with private keys of access tokens, it writes all public keys into the keys table.
//!
//! A new signing key signs after an hour, and a new key of access tokens after a day. A step that fails is an error of
//! the function: an alarm reports it, and Secrets Manager tries again.
//!
//! [1]: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

pub mod access_tokens;
mod key_pair;

use std::collections::BTreeMap;
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::aws::Aws;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::keys::{self, Rotated as _, Rotation, Step};
use latchkey::time::Timestamp;

use crate::access_tokens::AccessTokenKeys;

/// What the function is asked for.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
pub enum Event {
    /// By Secrets Manager: to take a step of a rotation.
    Rotation {
        /// The step to take.
        step: Step,
        /// The ARN of the secret.
        secret_id: String,
        /// The token that names the rotation and the version of the secret that it creates.
        client_request_token: String,
    },
    /// By an operator: to compute pseudonyms, or the key of a counter.
    Pseudonyms {
        /// The field of the log, or a counter.
        kind: Kind,
        /// The user's id, the identifier like `username#ada.l`, or the address. Of an IPv6 address, the first 64 bits.
        /// For a counter, what it counts: `identifier#`, `login#` or `signup#`, and the identifier or the address.
        of: String,
    },
}

/// A field of the log that holds pseudonyms, or a counter of the limits table.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `user`
    User,
    /// `identifier`
    Identifier,
    /// `address`
    Address,
    /// `counter`
    Counter,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Identifier => "identifier",
            Self::Address => "address",
            Self::Counter => "counter",
        }
    }
}

/// The keys that the function rotates.
#[derive(Debug)]
pub struct Rotations {
    signing_keys: Rotation,
    access_token_keys: AccessTokenKeys,
}

impl Rotations {
    /// The keys of the stack that the environment variables name.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(environment: &Environment) -> Result<Self, ConfigError> {
        let aws = Aws::from_environment(environment)?;
        Ok(Self {
            signing_keys: Rotation::new(environment, &aws)?,
            access_token_keys: AccessTokenKeys::new(environment, &aws)?,
        })
    }

    async fn take(&self, step: Step, secret: &str, token: &str, now: Timestamp) -> Result<(), Error> {
        if secret == self.signing_keys.secret().id() {
            keys::take(&self.signing_keys, step, token, now).await
        } else if secret == self.access_token_keys.secret().id() {
            keys::take(&self.access_token_keys, step, token, now).await
        } else {
            Err(Error::internal("this is no secret of the stack"))
        }
    }
}

/// Starts the function from the environment variables, and serves until Lambda stops it.
pub async fn run() -> ExitCode {
    latchkey::lambda::process(serve()).await
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let rotations = &Rotations::new(&Environment::from_process())?;
    let handler = |event: LambdaEvent<Event>| async move {
        handle(rotations, &event.payload, Timestamp::now()).await.map_err(lambda_runtime::Error::from)
    };
    let done = lambda_runtime::run(service_fn(handler)).await;
    Ok(done.map_err(|error| format!("Lambda's runtime failed: {error}"))?)
}

/// Takes one step of a rotation, and returns nothing. Or it computes pseudonyms, and returns each after the name of its
/// key, or the key of a counter.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`], also when the secret is none of the stack. They are logged here.
pub async fn handle(
    rotations: &Rotations,
    event: &Event,
    now: Timestamp,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    // Boxed, because the SDK's futures nest deeper than the compiler's recursion limit.
    let done = match event {
        Event::Rotation { step, secret_id, client_request_token } => {
            Box::pin(rotations.take(*step, secret_id, client_request_token, now)).await.map(|()| None)
        }
        Event::Pseudonyms { kind: kind @ Kind::Counter, of } => {
            let key = Box::pin(rotations.signing_keys.counter(of)).await;
            key.map(|key| Some(BTreeMap::from([(kind.name().to_owned(), key)])))
        }
        Event::Pseudonyms { kind, of } => {
            Box::pin(rotations.signing_keys.pseudonyms(kind.name(), of)).await.map(Some)
        }
    };
    if let Err(error) = &done {
        let step = if let Event::Rotation { step, .. } = event { Some(step) } else { None };
        tracing::error!(?step, "rotation: {error}");
    }
    done
}
