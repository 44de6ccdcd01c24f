//! Why a request was not done, and whom it was about.

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::error::Error;
use crate::http::rejection::Rejection;

/// Whom a request is about, for its log entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The user who has logged in or signed up.
    pub user: Option<UserId>,
    /// The identifier that was typed.
    pub identifier: Option<Identifier>,
}

/// What a handler returns when it does not do what was asked.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub reason: Reason,
    /// Whom the request was about, as far as it was known by then.
    pub subject: Subject,
}

/// Why a request was not done: by the rules of HTTP, or by those of the accounts.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum Reason {
    /// The edge rejected it.
    Rejection(#[from] Rejection),
    /// The rules refused it, or it failed.
    Error(#[from] Error),
}

impl<R: Into<Reason>> From<R> for Failure {
    fn from(reason: R) -> Self {
        Self { reason: reason.into(), subject: Subject::default() }
    }
}
