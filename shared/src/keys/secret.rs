//! The secret of AWS Secrets Manager that holds the signing keys.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::get_secret_value::builders::GetSecretValueFluentBuilder;

use crate::aws::{self, Aws};
use crate::config::{ConfigError, Environment};
use crate::error::Error;

/// The stage of the version that the functions read.
const CURRENT: &str = "AWSCURRENT";
/// The stage of the version that a rotation has made and not yet finished.
const PENDING: &str = "AWSPENDING";

/// The secret.
#[derive(Debug)]
pub(super) struct Secret {
    client: Client,
    id: String,
}

/// A version of the secret.
pub(super) struct Version {
    pub id: String,
    /// It is the secret itself, so there is no `Debug`.
    pub text: String,
}

impl Secret {
    /// The variable that names it.
    pub const VARIABLE: &'static str = "SIGNING_KEYS_SECRET";

    /// The secret that `SIGNING_KEYS_SECRET` names.
    ///
    /// # Errors
    /// Names the variable that is missing.
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
        current.ok_or_else(|| Error::internal("the secret is not there"))
    }

    /// The version of this rotation, if it has made one.
    pub async fn pending(&self, token: &str) -> Result<Option<Version>, Error> {
        self.get(self.client.get_secret_value().version_id(token).version_stage(PENDING)).await
    }

    /// Keeps the version of a rotation, which the functions do not read yet.
    pub async fn put_pending(&self, token: &str, text: &str) -> Result<(), Error> {
        let put = self.client.put_secret_value().secret_id(&self.id).client_request_token(token);
        let put = put.secret_string(text).version_stages(PENDING).send().await;
        put.map(drop).map_err(|error| aws::failure(&error))
    }

    /// Lets the functions read another version from now on.
    pub async fn make_current(&self, token: &str, before: &str) -> Result<(), Error> {
        let update = self.client.update_secret_version_stage().secret_id(&self.id).version_stage(CURRENT);
        let update = update.move_to_version_id(token).remove_from_version_id(before).send().await;
        update.map(drop).map_err(|error| aws::failure(&error))
    }

    async fn get(&self, get: GetSecretValueFluentBuilder) -> Result<Option<Version>, Error> {
        match get.secret_id(&self.id).send().await {
            Ok(answer) => match (answer.version_id, answer.secret_string) {
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
