//! The verification of a password that a user types: at a login, and before a change of the account.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::keys::cache::Keys;
use crate::mail::{Mail, Message};
use crate::password::hash::{PasswordHasher, Verdict};
use crate::password::rules::Password;
use crate::session::device::Device;
use crate::store::credentials::{Credential, Credentials};
use crate::store::limiter::login::{CountedAttempt, CountedLogin, LoginAttempt, LoginLimiter};
use crate::store::mails::Mails;

/// Verifies passwords. Each attempt is counted first, and the one that disables logins with its identifier is told.
#[derive(Debug)]
pub struct LoginVerifier {
    /// Computes the hashes.
    pub hasher: PasswordHasher,
    /// Counts the attempts.
    pub limiter: LoginLimiter,
    /// Has the hashes.
    pub credentials: Credentials,
    /// `None` where mail is off.
    mails: Option<Mails>,
}

/// An attempt with the right password.
#[derive(Debug)]
pub struct VerifiedLogin {
    /// The credential whose password was typed.
    pub credential: Credential,
    /// Whether the hash should be replaced by a newer one.
    pub is_outdated: bool,
    /// The device of the attempt, if the account knows it.
    pub device: Option<Device>,
    /// What the attempt uses up.
    pub counted: CountedAttempt,
}

impl LoginVerifier {
    /// The verifier that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn new(client: &Client, keys: &Arc<Keys>, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            hasher: PasswordHasher::from_environment(environment)?,
            limiter: LoginLimiter::new(client, keys, environment)?,
            credentials: Credentials::new(client, environment)?,
            mails: Mails::if_on(client, environment),
        })
    }

    /// Counts an attempt and verifies its password. It costs one hash, even if no account has the identifier.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] if the password is another one, or if there is no hash. Otherwise those of
    /// [`LoginLimiter::count`].
    pub async fn verify(
        &self,
        attempt: &LoginAttempt<'_>,
        password: &Password,
    ) -> Result<VerifiedLogin, Error> {
        let credential = self.credentials.get(attempt.identifier);
        let CountedLogin { permit, credential, device, counted } =
            self.limiter.count(attempt, credential).await?;
        let stored = credential.as_ref().and_then(|credential| credential.password_hash.as_ref());
        let verdict = self.hasher.verify(permit, password, stored);
        if let Some(credential) = credential.filter(|_| verdict != Verdict::Wrong) {
            // A hash of an import may have today's parameters. The new one tells that the user has logged in since.
            let is_outdated = verdict == Verdict::Outdated || credential.imported.is_some();
            return Ok(VerifiedLogin { credential, is_outdated, device, counted });
        }
        if counted.disables() {
            // Whether or not an account has the identifier.
            self.tell(Message::LoginLocked { identifier: attempt.identifier.clone() }, attempt).await;
        }
        Err(Error::InvalidCredentials)
    }

    /// Writes a mail that tells of an attempt. `None` where mail is off, or if the mail cannot be written: then the log
    /// says so, and the attempt goes on.
    pub async fn tell(&self, message: Message, attempt: &LoginAttempt<'_>) -> Option<Mail> {
        let mails = self.mails.as_ref()?;
        let written = async {
            let mail = Mail::new(message, &attempt.client, attempt.now)?;
            mails.put(&mail).await.map(|()| mail)
        };
        let written = written.await;
        if let Err(error) = &written {
            let request_id = attempt.request_id;
            tracing::warn!(request_id, "a mail about a login could not be written: {error}");
        }
        written.ok()
    }
}
