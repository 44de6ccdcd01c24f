//! The codes of errors, with the status, the texts and the metric of each.
//!
//! A code is part of the API and never changes. Its texts may change: [`Code::advice`] is for the developer of a
//! program, and [`Code::title`] and [`Code::explanation`] are for the user who reads a page.

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
    /// No function has this path.
    NotFound,
    /// The path does not support this method.
    MethodNotAllowed,
    /// Another account has this username.
    UsernameTaken,
    /// Another account has this email address.
    EmailTaken,
    /// The body is too large.
    PayloadTooLarge,
    /// The type of the body is neither JSON nor a form.
    UnsupportedMediaType,
    /// Fields of the body are wrong.
    InvalidInput,
    /// There were too many attempts.
    TooManyAttempts,
    /// A fault of Latchkey or of the deployment.
    Internal,
    /// A service of AWS did not respond in time, or failed in a way that may pass.
    Unavailable,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 16] = [
        Self::MalformedBody,
        Self::Unauthenticated,
        Self::CookieNotKept,
        Self::InvalidCredentials,
        Self::CrossOrigin,
        Self::UnknownOrigin,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UsernameTaken,
        Self::EmailTaken,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidInput,
        Self::TooManyAttempts,
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
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::InvalidInput => "invalid_input",
            Self::TooManyAttempts => "too_many_attempts",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedBody => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::CookieNotKept | Self::InvalidCredentials => {
                StatusCode::UNAUTHORIZED
            }
            Self::CrossOrigin | Self::UnknownOrigin => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UsernameTaken | Self::EmailTaken => StatusCode::CONFLICT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidInput => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
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
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UsernameTaken
            | Self::EmailTaken
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::InvalidInput => None,
        }
    }

    /// What a program should do next.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::MalformedBody => "The body cannot be read. Send what its type says.",
            Self::Unauthenticated | Self::CookieNotKept => {
                "Log in, and send the session cookie with the request."
            }
            Self::InvalidCredentials => "Incorrect username or password. Check both and try again.",
            Self::CrossOrigin => "The request comes from another site. Send it from a page of this one.",
            Self::UnknownOrigin => {
                "The request does not say which page it comes from. Add the header Origin."
            }
            Self::NotFound => "There is nothing at this path. Check its spelling.",
            Self::MethodNotAllowed => "Use one of the methods that this path supports.",
            Self::UsernameTaken => "Choose another username, or log in if this one is yours.",
            Self::EmailTaken => "Use another email address, or log in if this one is yours.",
            Self::PayloadTooLarge => "Send a shorter body.",
            Self::UnsupportedMediaType => {
                "Send the body as application/json or application/x-www-form-urlencoded, in UTF-8."
            }
            Self::InvalidInput => "Correct the listed fields and send the request again.",
            Self::TooManyAttempts => "There were too many attempts. Try again later.",
            Self::Internal => "Something went wrong in Latchkey. Tell the operator the request id.",
            Self::Unavailable => {
                "Try again in a few seconds. If this continues, tell the operator the request id."
            }
        }
    }

    /// The heading of its page.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedBody | Self::UnsupportedMediaType => "The form could not be read",
            Self::Unauthenticated => "You are not logged in",
            Self::CookieNotKept => "Your browser did not keep our cookie",
            Self::CrossOrigin => "This was sent by another site",
            Self::UnknownOrigin => "We could not tell where this came from",
            Self::NotFound => "Page not found",
            Self::MethodNotAllowed => "This address does not support that action",
            Self::PayloadTooLarge => "That was too long",
            Self::TooManyAttempts => "Too many attempts",
            Self::Unavailable => "Not available right now",
            Self::Internal => "Something went wrong",
            // After these, the form is shown again instead of a page with this heading.
            Self::InvalidCredentials | Self::UsernameTaken | Self::EmailTaken | Self::InvalidInput => {
                "That did not work"
            }
        }
    }

    /// The explanation on its page. `{delay}` is replaced by the delay before another try.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "Incorrect username or password",
            Self::MalformedBody => "Nothing was done. Go back, reload the page and send the form again.",
            Self::Unauthenticated => "Log in, and try again.",
            Self::CookieNotKept => {
                "What you entered was correct, but without the cookie we cannot know that you are logged in. \
                 Allow cookies for this site in the settings of your browser, and log in again."
            }
            Self::CrossOrigin => {
                "Nothing was done, so that no other site can act in your name. \
                 If you meant to do this, start from our own home page."
            }
            Self::UnknownOrigin => {
                "Nothing was done, because your browser did not say which page this came from. \
                 Allow it to send the address of the page (the Referer) to this site, or use another browser."
            }
            Self::NotFound => {
                "There is nothing at this address. Check its spelling, or start from the home page."
            }
            Self::MethodNotAllowed => {
                "Nothing was done. This address only works from a button or a form: start from the home page."
            }
            Self::PayloadTooLarge => {
                "Nothing was done. Go back, shorten what you entered, and send the form again."
            }
            Self::UnsupportedMediaType => {
                "Nothing was done. Your browser sent it in a way that this site does not understand. \
                 Start from the home page."
            }
            Self::TooManyAttempts => "There were too many attempts. Try again in {delay}.",
            Self::Unavailable => {
                "This could not be finished right now. It is not your fault. Try again in {delay}."
            }
            Self::Internal => {
                "This is our fault, not yours. Try again later. If it happens again, send us the request id."
            }
            Self::UsernameTaken | Self::EmailTaken | Self::InvalidInput => {
                "Nothing was done. Check what you entered, and try again."
            }
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
