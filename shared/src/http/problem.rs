//! What an error is to a client: problem+json (RFC 9457) for a program, a page for a person.
//!
//! [`Problem::new`] is the one place that knows which error has which status, code and advice.

use askama::Template;
use lambda_http::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::Error;
use crate::http::body::BODY_LIMIT;
use crate::http::layout::Layout;
use crate::http::request::{Format, Request};
use crate::http::response::Response;
use crate::time::Seconds;
use crate::violation::{FieldError, violation};

/// After how many seconds it makes sense to try again when the database does not answer.
const UNAVAILABLE_FOR: Seconds = Seconds(5);

/// The members of a problem. `type` is `about:blank`: `code` says more, and stays the same for good.
#[derive(Debug, Serialize)]
pub struct Problem<'a> {
    r#type: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "status")]
    pub status: StatusCode,
    /// What to do next.
    pub detail: String,
    /// After how long it makes sense to try again, in words; empty where waiting does not help.
    #[serde(skip)]
    pub wait: String,
    /// A stable name of the error.
    pub code: &'static str,
    /// The id to ask the operator about.
    pub request_id: &'a str,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// The problem as a page.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: &'a Layout,
    problem: &'a Problem<'a>,
}

/// What is wrong with one field.
#[derive(Debug, Serialize)]
pub struct FieldProblem {
    /// The field.
    pub field: String,
    /// A stable name of what is wrong.
    pub code: String,
    /// What to do about it.
    pub message: String,
}

impl From<&FieldError> for FieldProblem {
    fn from(wrong: &FieldError) -> Self {
        // Not the whole error: the library keeps the value in it.
        let message = wrong.error.message.as_deref().unwrap_or_default().to_owned();
        Self { field: wrong.field.to_string(), code: wrong.error.code.to_string(), message }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn status<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl<'a> Problem<'a> {
    /// The problem that an error is.
    #[must_use]
    pub fn new(error: &Error, request_id: &'a str) -> Self {
        let (status, code, detail) = meaning(error);
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status,
            detail,
            wait: retry_after(error).map(wait).unwrap_or_default(),
            code,
            request_id,
            errors: fields(error),
        }
    }
}

fn meaning(error: &Error) -> (StatusCode, &'static str, String) {
    let (status, code, detail) = match error {
        Error::MalformedBody(reason) => {
            let detail = format!("The body cannot be read: {reason}.");
            return (StatusCode::BAD_REQUEST, "malformed_body", detail);
        }
        Error::CrossOrigin(reason) => {
            let detail = format!("The request did not prove that it comes from this site: {reason}.");
            return (StatusCode::FORBIDDEN, "cross_origin", detail);
        }
        Error::MethodNotAllowed { allow } => {
            let detail = format!("Use one of the methods that this path knows: {allow}.");
            return (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
        }
        Error::PayloadTooLarge => {
            let detail = format!("Send a body of at most {BODY_LIMIT} bytes.");
            return (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail);
        }
        Error::TooManyAttempts { retry_after } => {
            let detail = format!("There were too many attempts. Try again in {}.", in_words(*retry_after));
            return (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail);
        }
        Error::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Log in, and send the session cookie with the request.",
        ),
        Error::InvalidCredentials => (
            StatusCode::UNAUTHORIZED,
            "invalid_credentials",
            "Incorrect username or password. Check both and try again.",
        ),
        Error::NotFound => {
            (StatusCode::NOT_FOUND, "not_found", "There is nothing at this path. Check its spelling.")
        }
        Error::Taken { username: true, .. } => (
            StatusCode::CONFLICT,
            "username_taken",
            "Choose another username, or log in if this one is yours.",
        ),
        Error::Taken { .. } => (
            StatusCode::CONFLICT,
            "email_taken",
            "Use another email address, or log in if this one is yours.",
        ),
        Error::UnsupportedMediaType => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send the body as application/json or application/x-www-form-urlencoded, in UTF-8.",
        ),
        Error::InvalidInput(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            "Correct the listed fields and send the request again.",
        ),
        Error::Unavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Try again in a few seconds. If it goes on, tell the operator the request id.",
        ),
        Error::Internal(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side. Tell the operator the request id.",
        ),
    };
    (status, code, detail.to_owned())
}

/// After how long it makes sense to try again, for errors that pass by themselves.
fn retry_after(error: &Error) -> Option<Seconds> {
    match error {
        Error::TooManyAttempts { retry_after } => Some(Seconds(retry_after.0.max(1))),
        Error::Unavailable(_) => Some(UNAVAILABLE_FOR),
        _ => None,
    }
}

/// A wait on a page. A second is what the limiter says while it may be over any moment, or be a longer one.
fn wait(wait: Seconds) -> String {
    if wait == Seconds(1) { "a moment".to_owned() } else { in_words(wait) }
}

/// A wait as a person reads it, never shorter than it is.
fn in_words(Seconds(seconds): Seconds) -> String {
    let (number, unit) =
        if seconds <= 90 { (seconds, "second") } else { (seconds.saturating_add(59) / 60, "minute") };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

fn fields(error: &Error) -> Vec<FieldProblem> {
    let taken = |field: &'static str, message: &'static str| FieldError {
        field: field.into(),
        error: violation("taken", message),
    };
    let wrong = match error {
        Error::InvalidInput(errors) => return errors.iter().map(FieldProblem::from).collect(),
        Error::Taken { username, email } => [
            username.then(|| taken("username", "This username is taken.")),
            email.then(|| taken("email", "There is an account with this email address.")),
        ],
        _ => [None, None],
    };
    wrong.iter().flatten().map(FieldProblem::from).collect()
}

/// The answer to a request that was not done. A person may get it on a page of its own.
#[must_use]
pub fn respond(
    error: &Error,
    request: &Request,
    layout: &Layout,
    own_page: impl FnOnce(&Problem<'_>) -> Option<Response>,
) -> Response {
    let problem = Problem::new(error, &request.id);
    let response = match request.format {
        Format::Html => own_page(&problem)
            .map_or_else(|| layout.page(problem.status, &ErrorPage { layout, problem: &problem }), Ok),
        Format::Json => Response::json(problem.status, &problem).map(|response| {
            response.with_header(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))
        }),
    };
    with_headers(response.unwrap_or_else(|_| Response::empty(problem.status)), error)
}

/// The headers that belong to an error, whatever the answer shows of it.
fn with_headers(response: Response, error: &Error) -> Response {
    let (_, code, _) = meaning(error);
    let response = response.with_code(code);
    let response = match retry_after(error) {
        Some(Seconds(seconds)) => response.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
        None => response,
    };
    match error {
        // RFC 9110, 15.5.2: every 401 names a scheme.
        Error::Unauthenticated | Error::InvalidCredentials => {
            response.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Session realm=\"latchkey\""))
        }
        Error::MethodNotAllowed { allow } => match HeaderValue::from_str(allow) {
            Ok(allow) => response.with_header(ALLOW, allow),
            Err(_) => response,
        },
        _ => response,
    }
}
