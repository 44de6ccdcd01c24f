//! Everything that can go wrong, named by what it means.
//!
//! This module knows no HTTP: what HTTP itself can get wrong is a [`crate::http::rejection::Rejection`], and
//! [`crate::http::problem`] turns both into responses. The edge logs what is our fault, once.

use std::fmt::Write as _;

use crate::time::Seconds;
use crate::violation::FieldError;

/// Why a request was not done. Nothing was changed, unless [`Error::Unavailable`] says that it is unknown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields of the body are wrong; all of them are listed.
    #[error("{} fields are wrong", .0.len())]
    InvalidInput(Vec<FieldError>),
    /// Another account has this username or email.
    #[error("the username or the email is taken")]
    Taken {
        /// The username is taken.
        username: bool,
        /// The email is taken.
        email: bool,
    },
    /// The identifier and the password do not belong together, or the account cannot log in.
    #[error("incorrect username or password")]
    InvalidCredentials,
    /// There were too many attempts; nothing was verified.
    #[error("too many attempts")]
    TooManyAttempts {
        /// After how long the next one makes sense.
        retry_after: Seconds,
    },
    /// A service of AWS did not answer in time. A write may or may not have been applied.
    #[error("unavailable: {0}")]
    Unavailable(Cause),
    /// A fault of ours or of the deployment.
    #[error("internal error: {0}")]
    Internal(Cause),
}

impl Error {
    /// A fault of ours or of the deployment, for a reason that we can name.
    #[must_use]
    pub fn internal(reason: &str) -> Self {
        Self::Internal(Cause::new(reason))
    }
}

/// What lies behind an error, as text for the log of the operator, never for a client.
///
/// Only what errors say of themselves (`Display`) is kept. What `Debug` prints of an SDK error can
/// hold whole rows, and so password hashes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    /// A cause that we can name ourselves.
    #[must_use]
    pub fn new(reason: &str) -> Self {
        Self(reason.to_owned())
    }

    /// The same cause, after the code that a service gave it.
    #[must_use]
    pub fn after(self, code: Option<&str>) -> Self {
        match code {
            Some(code) => Self(format!("{code}: {self}")),
            None => self,
        }
    }

    /// The error and everything that caused it, in one line.
    #[must_use]
    pub fn from_error(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        Self(text)
    }
}
