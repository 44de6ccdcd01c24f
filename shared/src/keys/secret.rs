//! The secrets in AWS Secrets Manager that hold keys.

use serde_json::{Value, json};

use crate::aws::secrets_manager::SecretsManager;
use crate::aws::{self, Aws};
use crate::config::{ConfigError, Environment};
use crate::error::Error;

/// The stage of the version that the functions read.
const CURRENT: &str = "AWSCURRENT";
/// The stage of the version that a rotation has created and not finished yet.
const PENDING: &str = "AWSPENDING";

/// A secret with a set of keys.
#[derive(Debug)]
pub struct Secret {
    service: SecretsManager,
    id: String,
}

/// A version of a secret. It has no `Debug`, because it holds keys.
pub struct Version {
    /// Its id: the token of the rotation that made it.
    pub id: String,
    /// The keys.
    pub text: String,
}

impl Secret {
    /// The variable that names the secret with the signing keys.
    pub(super) const SIGNING_KEYS: &'static str = "SIGNING_KEYS_SECRET";
    /// The variable that names the secret with the private keys of access tokens.
    const ACCESS_TOKEN_KEYS: &'static str = "ACCESS_TOKEN_KEYS_SECRET";

    /// The secret with the signing keys, which `SIGNING_KEYS_SECRET` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn signing_keys(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Self::new(
            Self::SIGNING_KEYS,
            "set it to the ARN of the secret with the signing keys",
            environment,
            aws,
        )
    }

    /// The secret with the private keys of access tokens, which `ACCESS_TOKEN_KEYS_SECRET` names.
    ///
    /// # Errors
    /// When the variable is unset.
    pub fn access_token_keys(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let hint = "set it to the ARN of the secret with the private keys of access tokens";
        Self::new(Self::ACCESS_TOKEN_KEYS, hint, environment, aws)
    }

    fn new(
        variable: &'static str,
        hint: &str,
        environment: &Environment,
        aws: &Aws,
    ) -> Result<Self, ConfigError> {
        Ok(Self { service: aws.secrets_manager(), id: environment.required(variable, hint)? })
    }

    /// The ARN of the secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version that the functions read.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn current(&self) -> Result<Version, Error> {
        let current = self.get(json!({ "SecretId": self.id, "VersionStage": CURRENT })).await?;
        current.ok_or_else(|| Error::internal("the secret does not exist, or has no current version"))
    }

    /// The new version of the rotation that this token names. `None` if there is none.
    pub(super) async fn pending(&self, token: &str) -> Result<Option<Version>, Error> {
        self.get(json!({ "SecretId": self.id, "VersionId": token, "VersionStage": PENDING })).await
    }

    /// Writes the version of a rotation. The functions do not read it yet.
    pub(super) async fn put_pending(&self, token: &str, text: &str) -> Result<(), Error> {
        let version = json!({
            "SecretId": self.id,
            "ClientRequestToken": token,
            "SecretString": text,
            "VersionStages": [PENDING],
        });
        self.service.call("PutSecretValue", version).await.map(drop).map_err(|error| aws::failure(&error))
    }

    /// Makes the version of this rotation the current one, in place of the version `before`.
    pub(super) async fn make_current(&self, token: &str, before: &str) -> Result<(), Error> {
        let stage = json!({
            "SecretId": self.id,
            "VersionStage": CURRENT,
            "MoveToVersionId": token,
            "RemoveFromVersionId": before,
        });
        let moved = self.service.call("UpdateSecretVersionStage", stage).await;
        moved.map(drop).map_err(|error| aws::failure(&error))
    }

    /// Takes the label of a rotation from its version, if it is still there. With the label on a version that is not
    /// the current one, as after an operator has put another, Secrets Manager starts no rotation.
    pub(super) async fn end_pending(&self, token: &str) -> Result<(), Error> {
        let pending = self.get(json!({ "SecretId": self.id, "VersionStage": PENDING })).await?;
        if pending.is_none_or(|pending| pending.id != token) {
            return Ok(());
        }
        let stage = json!({ "SecretId": self.id, "VersionStage": PENDING, "RemoveFromVersionId": token });
        let removed = self.service.call("UpdateSecretVersionStage", stage).await;
        removed.map(drop).map_err(|error| aws::failure(&error))
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
