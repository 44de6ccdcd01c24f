//! How errors are presented to clients: as problem+json (RFC 9457) to a program, as a page to a person.
//!
//! [`Code`] has the status and the texts of each error.

pub(crate) mod code;
mod oauth;
mod texts;

use std::borrow::Cow;

use askama::Template;
use lambda_http::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::Error;
use crate::http::failure::{Failure, Reason};
use crate::http::format::Format;
use crate::http::layout::{Layout, View};
pub use crate::http::problem::code::Code;
use crate::http::rejection::Rejection;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::time::Seconds;
use crate::violation::{FieldError, violation};

/// The `Retry-After` while a service of AWS does not respond.
const UNAVAILABLE_FOR: Seconds = Seconds(5);

/// A problem (RFC 9457). Its `type` is `about:blank`, and the member `code` is the stable name of the error.
#[derive(Debug, Serialize)]
pub struct Problem<'a> {
    r#type: &'static str,
    /// The HTTP status in words.
    pub title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "status")]
    pub status: StatusCode,
    /// What a program should do next.
    pub detail: Cow<'static, str>,
    /// The delay before another try makes sense, in words. Empty if no delay helps.
    #[serde(skip)]
    pub delay: String,
    /// The stable name of the error.
    pub code: Code,
    /// The id of the request, by which the operator finds it in the log.
    pub request_id: &'a str,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// The page that shows a problem.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: &'a View<'a>,
    problem: &'a Problem<'a>,
}

/// What is wrong with one field.
#[derive(Debug, Serialize)]
pub struct FieldProblem {
    /// The name of the field.
    pub field: String,
    /// The stable name of the violation.
    pub code: String,
    /// What to do about it.
    pub message: String,
}

impl From<&FieldError> for FieldProblem {
    fn from(wrong: &FieldError) -> Self {
        // The rest of the error is left out, because the library keeps the value in it.
        let message = wrong.error.message.as_deref().unwrap_or_default().to_owned();
        Self { field: wrong.field.to_string(), code: wrong.error.code.to_string(), message }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn status<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl<'a> Problem<'a> {
    /// The problem for this reason.
    #[must_use]
    pub fn new(reason: &Reason, request_id: &'a str) -> Self {
        let code = reason.code();
        let status = code.status();
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status,
            detail: reason.detail(),
            delay: retry_after(reason).map(delay_in_words).unwrap_or_default(),
            code,
            request_id,
            errors: fields(reason),
        }
    }

    /// The explanation for a page: that of the code, with the delay.
    #[must_use]
    pub fn explanation(&self) -> String {
        self.code.explanation().replace("{delay}", &self.delay)
    }

    /// Whether a login solves the problem.
    #[must_use]
    pub fn asks_for_login(&self) -> bool {
        matches!(self.code, Code::Unauthenticated | Code::CookieNotKept)
    }

    /// Whether a form shows the request id, for the operator. If it only has to wait, there is no fault to report.
    #[must_use]
    pub fn shows_request_id(&self) -> bool {
        self.status != StatusCode::TOO_MANY_REQUESTS
    }
}

/// The delay before another try makes sense. `None` if no delay helps.
fn retry_after(reason: &Reason) -> Option<Seconds> {
    match (reason, reason.code()) {
        (
            Reason::Error(
                Error::TooManyAttempts { retry_after } | Error::EmailChangedRecently { retry_after },
            ),
            _,
        ) => Some(Seconds(retry_after.0.max(1))),
        (_, Code::TooManyAttempts | Code::EmailChangedRecently) => Some(Seconds(1)),
        (_, Code::Unavailable) => Some(UNAVAILABLE_FOR),
        _ => None,
    }
}

/// A delay for a page. The limiter says one second while the delay may end at any moment or become longer.
fn delay_in_words(delay: Seconds) -> String {
    if delay == Seconds(1) { "a moment".to_owned() } else { delay.in_words() }
}

fn fields(reason: &Reason) -> Vec<FieldProblem> {
    let taken = |field: &'static str, message: &'static str| FieldError {
        field: field.into(),
        error: violation("taken", message),
    };
    let wrong = match reason {
        Reason::Error(Error::InvalidInput(errors)) => return errors.iter().map(FieldProblem::from).collect(),
        Reason::Error(Error::Taken { username, email }) => [
            username.then(|| taken("username", "This username is taken.")),
            email.then(|| taken("email", "An account has this email address, or had it until lately.")),
        ],
        _ => [None, None],
    };
    wrong.iter().flatten().map(FieldProblem::from).collect()
}

/// The response to a request that was not done: problem+json, or a page. `own_page` may replace the error page.
#[must_use]
pub fn respond(
    failure: &Failure,
    request: &Request,
    layout: &Layout,
    own_page: impl FnOnce(&Problem<'_>) -> Option<Response>,
) -> Response {
    let mut problem = Problem::new(&failure.reason, &request.id);
    if request.is_bearer() && problem.code == Code::Unauthenticated {
        problem.detail = "Send the newest refresh token of the session, or log in again.".into();
    }
    let problem = if request.speaks_oauth { oauth::with_status(problem, request) } else { problem };
    let response = match request.format {
        Format::Html => own_page(&problem).map_or_else(
            || {
                let layout = &View::new(layout, None);
                layout.page(problem.status, &ErrorPage { layout, problem: &problem })
            },
            Ok,
        ),
        Format::Json if request.speaks_oauth => oauth::respond(&problem),
        Format::Json => Response::json(problem.status, &problem).map(|response| {
            response.with_header(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))
        }),
    };
    let response = response.unwrap_or_else(|_| Response::empty(problem.status));
    with_headers(response, &failure.reason, request).with_problem(problem.code, failure.subject.clone())
}

/// The authentication scheme that a 401 names. To a client with a refresh token, it says whether that is the reason
/// (RFC 6750, 3).
fn challenge(reason: &Reason, request: &Request) -> &'static str {
    match reason.code() {
        _ if !request.is_bearer() => "Session realm=\"latchkey\"",
        Code::Unauthenticated => "Bearer realm=\"latchkey\", error=\"invalid_token\"",
        _ => "Bearer realm=\"latchkey\"",
    }
}

/// The response with the headers of a failure, which are the same for a program and for a page.
fn with_headers(response: Response, reason: &Reason, request: &Request) -> Response {
    let response = match retry_after(reason) {
        Some(Seconds(seconds)) => response.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
        None => response,
    };
    match reason {
        // Every 401 names an authentication scheme (RFC 9110, 15.5.2).
        _ if response.status() == StatusCode::UNAUTHORIZED => {
            response.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge(reason, request)))
        }
        Reason::Rejection(Rejection::MethodNotAllowed { allow }) => match HeaderValue::from_str(allow) {
            Ok(allow) => response.with_header(ALLOW, allow),
            Err(_) => response,
        },
        _ => response,
    }
}
