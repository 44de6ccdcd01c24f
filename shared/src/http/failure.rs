//! Why a request was not done, and which user it is about.

use std::borrow::Cow;

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::error::Error;
use crate::http::problem::code::Code;
use crate::http::rejection::{BODY_LIMIT, Rejection};
use crate::http::response::Response;
use crate::http::subject::Subject;

/// The error of a handler, which did not do what the request asked for.
#[derive(Debug)]
pub struct Failure {
    /// Why the request was not done.
    pub reason: Reason,
    /// The user or the identifier that the request is about, as far as the handler knew it.
    pub subject: Subject,
}

/// Why a request was not done.
#[derive(Debug)]
pub enum Reason {
    /// The request breaks the rules of HTTP, or comes from another site.
    Rejection(Rejection),
    /// A rule of the accounts refuses it, or something failed.
    Error(Error),
    /// A handler refuses it, for a reason that the code says in full.
    Code(Code),
}

impl From<Rejection> for Reason {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
    }
}

impl From<Error> for Reason {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Code> for Reason {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

impl Reason {
    /// The code that names the reason.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Rejection(rejection) => match rejection {
                Rejection::NotFound => Code::NotFound,
                Rejection::MethodNotAllowed { .. } => Code::MethodNotAllowed,
                Rejection::CrossOrigin(_) => Code::CrossOrigin,
                Rejection::UnknownOrigin { .. } => Code::UnknownOrigin,
                Rejection::UnsupportedMediaType => Code::UnsupportedMediaType,
                Rejection::PayloadTooLarge => Code::PayloadTooLarge,
                Rejection::MalformedBody(_) => Code::MalformedBody,
            },
            Self::Error(error) => match error {
                Error::InvalidInput(_) => Code::InvalidInput,
                // If both are taken, the errors of the fields list both.
                Error::Taken { username: true, .. } => Code::UsernameTaken,
                Error::Taken { .. } => Code::EmailTaken,
                Error::InvalidCredentials => Code::InvalidCredentials,
                Error::TooManyAttempts { .. } => Code::TooManyAttempts,
                Error::EmailChangedRecently { .. } => Code::EmailChangedRecently,
                Error::Unavailable(_) => Code::Unavailable,
                Error::Internal(_) => Code::Internal,
            },
            Self::Code(code) => *code,
        }
    }

    /// What a program should do next: the advice of the code, or a more precise one.
    #[must_use]
    pub fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Rejection(Rejection::MethodNotAllowed { allow }) => {
                format!("Use one of the methods that this path supports: {allow}.").into()
            }
            Self::Rejection(Rejection::CrossOrigin(reason)) => {
                format!("The request comes from another site: {reason}.").into()
            }
            Self::Rejection(Rejection::UnknownOrigin { origin }) => format!(
                "The request does not say which page it comes from. Add the header Origin: {origin}, or send \
                 Content-Type: application/json."
            )
            .into(),
            Self::Rejection(Rejection::PayloadTooLarge) => {
                format!("Send a body of at most {BODY_LIMIT} bytes.").into()
            }
            Self::Rejection(Rejection::MalformedBody(reason)) => {
                format!("The body cannot be read: {reason}.").into()
            }
            Self::Error(Error::TooManyAttempts { retry_after }) => {
                format!("There were too many attempts. Try again in {}.", retry_after.in_words()).into()
            }
            Self::Error(Error::EmailChangedRecently { retry_after }) => {
                let advice = Code::EmailChangedRecently.advice();
                format!("{advice} Try again in {}.", retry_after.in_words()).into()
            }
            _ => self.code().advice().into(),
        }
    }
}

impl Failure {
    /// The same failure, about this user in the log.
    #[must_use]
    pub fn about_user(mut self, user_id: &UserId) -> Self {
        self.subject.user = Some(user_id.clone());
        self
    }
}

impl<R: Into<Reason>> From<R> for Failure {
    fn from(reason: R) -> Self {
        Self { reason: reason.into(), subject: Subject::default() }
    }
}

/// The same result, which now is about this identifier in the log.
///
/// # Errors
/// The given one, as a failure about the identifier.
pub fn about(
    identifier: &Identifier,
    result: Result<Response, impl Into<Failure>>,
) -> Result<Response, Failure> {
    let identifier = identifier.clone();
    match result {
        Ok(response) => Ok(response.with_identifier(identifier)),
        Err(error) => {
            let subject = Subject { identifier: Some(identifier), ..Subject::default() };
            Err(Failure { subject, ..error.into() })
        }
    }
}
