//! What an error is to a client: problem+json (RFC 9457) for a program, a page for a person.
//!
//! [`Code`] knows the status and the words of each error.

pub(crate) mod code;

use std::borrow::Cow;

use askama::Template;
use lambda_http::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::Error;
use crate::http::failure::{Failure, Reason};
use crate::http::layout::Layout;
pub use crate::http::problem::code::Code;
use crate::http::rejection::Rejection;
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
    pub detail: Cow<'static, str>,
    /// After how long it makes sense to try again, in words; empty where waiting does not help.
    #[serde(skip)]
    pub wait: String,
    /// The stable name of the error.
    pub code: Code,
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
    /// The problem that a failure is.
    #[must_use]
    pub fn new(reason: &Reason, request_id: &'a str) -> Self {
        let code = reason.code();
        let status = code.status();
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status,
            detail: reason.detail(),
            wait: retry_after(reason).map(wait).unwrap_or_default(),
            code,
            request_id,
            errors: fields(reason),
        }
    }

    /// What a page says to a person.
    #[must_use]
    pub fn explanation(&self) -> String {
        self.code.explanation().replace("{delay}", &self.wait)
    }

    /// Whether a person can do something about it by logging in.
    #[must_use]
    pub fn asks_for_login(&self) -> bool {
        self.code == Code::Unauthenticated
    }

    /// Whether a form shows the request id, for the operator. Nothing is wrong where there were too many attempts.
    #[must_use]
    pub fn shows_request_id(&self) -> bool {
        self.code != Code::TooManyAttempts
    }
}

/// After how long it makes sense to try again, for what passes by itself.
fn retry_after(reason: &Reason) -> Option<Seconds> {
    match reason {
        Reason::Error(Error::TooManyAttempts { retry_after }) => Some(Seconds(retry_after.0.max(1))),
        Reason::Error(Error::Unavailable(_)) => Some(UNAVAILABLE_FOR),
        _ => None,
    }
}

/// A wait on a page. A second is what the limiter says while it may be over any moment, or be a longer one.
fn wait(wait: Seconds) -> String {
    if wait == Seconds(1) { "a moment".to_owned() } else { wait.in_words() }
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
            email.then(|| taken("email", "There is an account with this email address.")),
        ],
        _ => [None, None],
    };
    wrong.iter().flatten().map(FieldProblem::from).collect()
}

/// The response to a request that was not done. A person may get it on a page of its own.
#[must_use]
pub fn respond(
    failure: &Failure,
    request: &Request,
    layout: &Layout,
    own_page: impl FnOnce(&Problem<'_>) -> Option<Response>,
) -> Response {
    let problem = Problem::new(&failure.reason, &request.id);
    let response = match request.format {
        Format::Html => own_page(&problem)
            .map_or_else(|| layout.page(problem.status, &ErrorPage { layout, problem: &problem }), Ok),
        Format::Json => Response::json(problem.status, &problem).map(|response| {
            response.with_header(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))
        }),
    };
    let response = response.unwrap_or_else(|_| Response::empty(problem.status));
    with_headers(response, &failure.reason).with_problem(problem.code, failure.subject.clone())
}

/// The headers that belong to a failure, whatever the response shows of it.
fn with_headers(response: Response, reason: &Reason) -> Response {
    let response = match retry_after(reason) {
        Some(Seconds(seconds)) => response.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
        None => response,
    };
    match reason {
        // RFC 9110, 15.5.2: every 401 names a scheme.
        _ if reason.code().status() == StatusCode::UNAUTHORIZED => {
            response.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Session realm=\"latchkey\""))
        }
        Reason::Rejection(Rejection::MethodNotAllowed { allow }) => match HeaderValue::from_str(allow) {
            Ok(allow) => response.with_header(ALLOW, allow),
            Err(_) => response,
        },
        _ => response,
    }
}
