//! Everything that can go wrong, named by its meaning.
//!
//! These errors know no HTTP. A request that breaks the rules of HTTP is a [`crate::http::rejection::Rejection`], and
//! [`crate::http::problem`] turns both into responses. A fault is logged once, at the edge.

use std::fmt::Write as _;

use validator::ValidationError;

use crate::time::Seconds;
use crate::violation::FieldError;

/// Why a request was not done. After [`Error::Unavailable`] and [`Error::Internal`], a part of it may have been.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields of the body are wrong. The list has all of them.
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
    /// The identifier and the password do not belong together, or the account may not log in.
    #[error("incorrect username or password")]
    InvalidCredentials,
    /// There were too many attempts; nothing was verified.
    #[error("too many attempts")]
    TooManyAttempts {
        /// The delay before the next attempt.
        retry_after: Seconds,
    },
    /// The email address replaced another one so lately that this change can still be undone; no other one is possible.
    #[error("the email address has changed recently")]
    EmailChangedRecently {
        /// The delay before it can change again.
        retry_after: Seconds,
    },
    /// A service of AWS did not respond in time, or failed in a way that may pass. A write may have been applied.
    #[error("unavailable: {0}")]
    Unavailable(Cause),
    /// A fault of Latchkey or of the deployment.
    #[error("internal error: {0}")]
    Internal(Cause),
}

impl Error {
    /// One field is wrong.
    #[must_use]
    pub fn invalid_field(field: &'static str, error: ValidationError) -> Self {
        Self::InvalidInput(vec![FieldError { field: field.into(), error }])
    }

    /// A change was given up, because other requests changed the user in every try.
    #[must_use]
    pub fn user_kept_changing() -> Self {
        Self::Unavailable(Cause::new("other requests changed the user in every try"))
    }

    /// A fault of Latchkey or of the deployment, with its reason for the log.
    #[must_use]
    pub fn internal(reason: &str) -> Self {
        Self::Internal(Cause::new(reason))
    }
}

/// The cause of an error, as text for the operator's log. No client sees it.
///
/// It holds only what an error prints with `Display`. The `Debug` output of an SDK error can contain whole items, and
/// so password hashes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    /// A cause in these words.
    #[must_use]
    pub fn new(reason: &str) -> Self {
        Self(reason.to_owned())
    }

    /// The same cause, preceded by the service's error code if there is one.
    #[must_use]
    pub fn after(self, code: Option<&str>) -> Self {
        match code {
            Some(code) => Self(format!("{code}: {self}")),
            None => self,
        }
    }

    /// The `Display` text of an error and of all its sources, joined by colons.
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
