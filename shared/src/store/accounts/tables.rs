//! The tables that hold accounts.

use aws_sdk_dynamodb::Client;

use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::store::mails::Mails;

/// The tables that hold accounts, and the table of the sessions that begin or end with a change of them.
#[derive(Debug, Clone)]
pub struct Accounts {
    pub(super) client: Client,
    pub(super) users: String,
    pub(super) credentials: String,
    pub(super) sessions: String,
    /// `None` in a function that redeems no proofs.
    proofs: Option<String>,
    pub(super) mails: Option<Mails>,
    /// How often a transaction is tried again after a conflict with another one, or while a table has no room for it.
    pub(super) retries: u32,
}

impl Accounts {
    /// The tables that `USERS_TABLE`, `CREDENTIALS_TABLE`, `SESSIONS_TABLE` and, if they are set, `PROOFS_TABLE` and
    /// `MAILS_TABLE` name.
    ///
    /// # Errors
    /// When a variable is unset.
    pub fn new(client: &Client, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client.clone(),
            users: environment.table("USERS_TABLE")?,
            credentials: environment.table("CREDENTIALS_TABLE")?,
            sessions: environment.table("SESSIONS_TABLE")?,
            proofs: environment.table("PROOFS_TABLE").ok(),
            mails: Mails::if_on(client, environment),
            retries: 3,
        })
    }

    /// The same for a command about many users, which rather waits some seconds than stops.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { retries: 8, ..self }
    }

    pub(super) fn proofs(&self) -> Result<&str, Error> {
        self.proofs.as_deref().ok_or_else(|| Error::internal("PROOFS_TABLE is missing"))
    }
}
