//! The secret in AWS Secrets Manager that holds the signing keys.

use serde_json::{Value, json};

use crate::aws::secrets_manager::SecretsManager;
use crate::aws::{self, Aws};
use crate::config::{ConfigError, Environment};
use crate::error::Error;

/// The stage of the version that the functions read.
const CURRENT: &str = "AWSCURRENT";
/// The stage of the version that a rotation has created and not finished yet.
const PENDING: &str = "AWSPENDING";

/// The secret with the signing keys.
#[derive(Debug)]
pub(super) struct Secret {
    service: SecretsManager,
    id: String,
}

/// A version of the secret.
pub(super) struct Version {
    pub id: String,
    /// The keys themselves, so there is no `Debug`.
    pub text: String,
}

impl Secret {
    /// The variable that names the secret.
    pub const VARIABLE: &'static str = "SIGNING_KEYS_SECRET";

    /// The secret that `SIGNING_KEYS_SECRET` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn new(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let id =
            environment.required(Self::VARIABLE, "set it to the ARN of the secret with the signing keys")?;
        Ok(Self { service: aws.secrets_manager(), id })
    }

    /// The ARN of the secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version that the functions read.
    pub async fn current(&self) -> Result<Version, Error> {
        let current = self.get(json!({ "SecretId": self.id, "VersionStage": CURRENT })).await?;
        current.ok_or_else(|| Error::internal("the secret does not exist, or has no current version"))
    }

    /// The new version of the rotation that this token names. `None` if there is none.
    pub async fn pending(&self, token: &str) -> Result<Option<Version>, Error> {
        self.get(json!({ "SecretId": self.id, "VersionId": token, "VersionStage": PENDING })).await
    }

    /// Writes the version of a rotation. The functions do not read it yet.
    pub async fn put_pending(&self, token: &str, text: &str) -> Result<(), Error> {
        let version = json!({
            "SecretId": self.id,
            "ClientRequestToken": token,
            "SecretString": text,
            "VersionStages": [PENDING],
        });
        self.service.call("PutSecretValue", version).await.map(drop).map_err(|error| aws::failure(&error))
    }

    /// Makes the version of this rotation the current one, in place of the version `before`.
    pub async fn make_current(&self, token: &str, before: &str) -> Result<(), Error> {
        let stage = json!({
            "SecretId": self.id,
            "VersionStage": CURRENT,
            "MoveToVersionId": token,
            "RemoveFromVersionId": before,
        });
        let moved = self.service.call("UpdateSecretVersionStage", stage).await;
        moved.map(drop).map_err(|error| aws::failure(&error))
    }

    async fn get(&self, which: Value) -> Result<Option<Version>, Error> {
        let output = match self.service.call("GetSecretValue", which).await {
            Err(error) if aws::code(&error) == Some("ResourceNotFoundException") => return Ok(None),
            output => output.map_err(|error| aws::failure(&error))?,
        };
        let text = |member| output.0.get(member).and_then(Value::as_str).map(str::to_owned);
        match (text("VersionId"), text("SecretString")) {
            (Some(id), Some(text)) => Ok(Some(Version { id, text })),
            _ => Err(Error::internal("the secret holds no text")),
        }
    }
}
