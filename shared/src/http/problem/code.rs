//! The codes of errors, with the status and the metric of each. `texts` has their texts.
//!
//! A code is part of the API and never changes.

use lambda_http::http::StatusCode;
use serde::{Serialize, Serializer};

/// The stable name of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The body is not what its type says.
    MalformedBody,
    /// There is no active session.
    Unauthenticated,
    /// A browser has just signed in, and did not keep the session cookie.
    CookieNotKept,
    /// The identifier and the password do not belong together, or the account may not log in.
    InvalidCredentials,
    /// Another site has sent the request.
    CrossOrigin,
    /// The request does not say which page it comes from.
    UnknownOrigin,
    /// The session is not fresh: the user has to confirm the password first.
    ConfirmationRequired,
    /// The account of the session is not the one that the request is for.
    WrongAccount,
    /// No function has this path.
    NotFound,
    /// The path does not support this method.
    MethodNotAllowed,
    /// Another account has this username.
    UsernameTaken,
    /// Another account has this email address.
    EmailTaken,
    /// The email address is confirmed already.
    AlreadyVerified,
    /// The link of a mail was used, or has ended, or never existed.
    LinkExpired,
    /// The refresh token is not that of an active session, or was replaced.
    InvalidGrant,
    /// The body is too large.
    PayloadTooLarge,
    /// The type of the body is neither JSON nor a form.
    UnsupportedMediaType,
    /// Fields of the body are wrong.
    InvalidInput,
    /// There were too many attempts.
    TooManyAttempts,
    /// The email address replaced another one so lately that this change can still be undone.
    EmailChangedRecently,
    /// A fault of Latchkey or of the deployment.
    Internal,
    /// A service of AWS did not respond in time, or failed in a way that may pass.
    Unavailable,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 22] = [
        Self::MalformedBody,
        Self::Unauthenticated,
        Self::CookieNotKept,
        Self::InvalidCredentials,
        Self::CrossOrigin,
        Self::UnknownOrigin,
        Self::ConfirmationRequired,
        Self::WrongAccount,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UsernameTaken,
        Self::EmailTaken,
        Self::AlreadyVerified,
        Self::LinkExpired,
        Self::InvalidGrant,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidInput,
        Self::TooManyAttempts,
        Self::EmailChangedRecently,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The name, as the API and the log write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedBody => "malformed_body",
            Self::Unauthenticated => "unauthenticated",
            Self::CookieNotKept => "cookie_not_kept",
            Self::InvalidCredentials => "invalid_credentials",
            Self::CrossOrigin => "cross_origin",
            Self::UnknownOrigin => "unknown_origin",
            Self::ConfirmationRequired => "confirmation_required",
            Self::WrongAccount => "wrong_account",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::AlreadyVerified => "already_verified",
            Self::LinkExpired => "link_expired",
            Self::InvalidGrant => "invalid_grant",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::InvalidInput => "invalid_input",
            Self::TooManyAttempts => "too_many_attempts",
            Self::EmailChangedRecently => "email_changed_recently",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedBody | Self::InvalidGrant => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::CookieNotKept | Self::InvalidCredentials => {
                StatusCode::UNAUTHORIZED
            }
            Self::CrossOrigin | Self::UnknownOrigin | Self::ConfirmationRequired | Self::WrongAccount => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UsernameTaken | Self::EmailTaken | Self::AlreadyVerified => StatusCode::CONFLICT,
            Self::LinkExpired => StatusCode::GONE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidInput => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyAttempts | Self::EmailChangedRecently => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The metric that counts the error. `None` for most mistakes of a client.
    #[must_use]
    pub const fn metric(self) -> Option<&'static str> {
        match self {
            Self::InvalidCredentials => Some("WrongPasswords"),
            Self::TooManyAttempts => Some("TooManyAttempts"),
            Self::Unavailable => Some("Unavailable"),
            Self::Internal => Some("InternalErrors"),
            Self::MalformedBody
            | Self::Unauthenticated
            | Self::CookieNotKept
            | Self::CrossOrigin
            | Self::UnknownOrigin
            | Self::ConfirmationRequired
            | Self::WrongAccount
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UsernameTaken
            | Self::EmailTaken
            | Self::AlreadyVerified
            | Self::LinkExpired
            | Self::InvalidGrant
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::InvalidInput
            | Self::EmailChangedRecently => None,
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
