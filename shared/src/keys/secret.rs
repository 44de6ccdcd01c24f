//! The secret in AWS Secrets Manager that holds the signing keys.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::get_secret_value::builders::GetSecretValueFluentBuilder;

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
    client: Client,
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
        Ok(Self { client: Client::new(&aws.secrets_manager()), id })
    }

    /// The ARN of the secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version that the functions read.
    pub async fn current(&self) -> Result<Version, Error> {
        let current = self.get(self.client.get_secret_value().version_stage(CURRENT)).await?;
        current.ok_or_else(|| Error::internal("the secret does not exist, or has no current version"))
    }

    /// The new version of the rotation that this token names. `None` if there is none.
    pub async fn pending(&self, token: &str) -> Result<Option<Version>, Error> {
        self.get(self.client.get_secret_value().version_id(token).version_stage(PENDING)).await
    }

    /// Writes the version of a rotation. The functions do not read it yet.
    pub async fn put_pending(&self, token: &str, text: &str) -> Result<(), Error> {
        let put = self.client.put_secret_value().secret_id(&self.id).client_request_token(token);
        let put = put.secret_string(text).version_stages(PENDING).send().await;
        put.map(drop).map_err(|error| aws::failure(&error))
    }

    /// Makes the version of this rotation the current one, in place of the version `before`.
    pub async fn make_current(&self, token: &str, before: &str) -> Result<(), Error> {
        let update = self.client.update_secret_version_stage().secret_id(&self.id).version_stage(CURRENT);
        let update = update.move_to_version_id(token).remove_from_version_id(before).send().await;
        update.map(drop).map_err(|error| aws::failure(&error))
    }

    async fn get(&self, get: GetSecretValueFluentBuilder) -> Result<Option<Version>, Error> {
        match get.secret_id(&self.id).send().await {
            Ok(output) => match (output.version_id, output.secret_string) {
                (Some(id), Some(text)) => Ok(Some(Version { id, text })),
                _ => Err(Error::internal("the secret holds no text")),
            },
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
                _ => Err(aws::failure(&error)),
            },
        }
    }
}
