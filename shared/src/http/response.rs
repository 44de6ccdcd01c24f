//! Answers, and the headers that every one of them has.

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use lambda_http::http::{HeaderMap, HeaderName};
use serde::Serialize;

use crate::account::identifier::Identifier;
use crate::account::user::{User, UserId, UserView};
use crate::error::{Cause, Error};
use crate::http::problem::code::Code;
use crate::http::subject::Subject;
use crate::session::record::{Session, SessionView};

pub use lambda_http::http::header::LOCATION;
pub use lambda_http::http::{HeaderValue, StatusCode};

/// The headers of every answer. Nothing may be stored, framed or sniffed.
const HEADERS: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    // With `no-referrer` our own forms would send `Origin: null`.
    ("referrer-policy", "same-origin"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("vary", "Accept"),
    ("x-content-type-options", "nosniff"),
];

/// The policy of every answer that is no page: nothing may be loaded. A page has its own, with its style.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);

#[derive(Serialize)]
struct Account<'a> {
    user: UserView<'a>,
    session: SessionView,
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    policy: HeaderValue,
    cookies: Vec<String>,
    body: String,
    code: Option<Code>,
    subject: Subject,
}

impl Response {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            policy: POLICY,
            cookies: Vec::new(),
            body: String::new(),
            code: None,
            subject: Subject::default(),
        }
    }

    /// 303: the browser goes on to this path with GET.
    #[must_use]
    pub fn see_other(path: &'static str) -> Self {
        Self::empty(StatusCode::SEE_OTHER).with_header(LOCATION, HeaderValue::from_static(path))
    }

    /// JSON.
    ///
    /// # Errors
    /// [`Error::Internal`] when the value cannot be written.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Error> {
        let body =
            serde_json::to_string(value).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        Ok(Self::with_body(status, HeaderValue::from_static("application/json"), body))
    }

    /// The user and the session: what sign-up, log-in and profile answer to a program.
    ///
    /// # Errors
    /// [`Error::Internal`] when a time is out of the range of RFC 3339.
    pub fn account(status: StatusCode, user: &User, session: &Session) -> Result<Self, Error> {
        Self::json(status, &Account { user: user.view(), session: session.view() })
    }

    /// An answer with a body of this type.
    pub(super) fn with_body(status: StatusCode, content_type: HeaderValue, body: String) -> Self {
        Self { body, ..Self::empty(status) }.with_header(CONTENT_TYPE, content_type)
    }

    /// The same answer under the policy of a page.
    pub(super) fn with_policy(self, policy: HeaderValue) -> Self {
        Self { policy, ..self }
    }

    /// The same answer with another header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same answer with a `Set-Cookie`.
    #[must_use]
    pub fn with_cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// The same response to a request of a user who has just signed in.
    #[must_use]
    pub fn with_user(mut self, user_id: &UserId) -> Self {
        self.subject.user = Some(user_id.clone());
        self
    }

    /// The same response to a request in which this identifier was typed.
    #[must_use]
    pub(super) fn with_identifier(mut self, identifier: Identifier) -> Self {
        self.subject.identifier = Some(identifier);
        self
    }

    /// The same response, which is a problem of this code and about this subject.
    #[must_use]
    pub(super) fn with_problem(self, code: Code, subject: Subject) -> Self {
        Self { code: Some(code), subject, ..self }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code of the problem, if it is one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.code
    }

    /// Whom the request was about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The answer as API Gateway takes it; to a HEAD request without its body.
    #[must_use]
    pub fn into_event(self, is_head: bool) -> ApiGatewayV2httpResponse {
        let mut event = ApiGatewayV2httpResponse::default();
        event.status_code = i64::from(self.status.as_u16());
        event.headers = self.headers;
        event.headers.insert(CONTENT_SECURITY_POLICY, self.policy);
        for (name, value) in HEADERS {
            event.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        event.cookies = self.cookies;
        event.body = (!is_head && !self.body.is_empty()).then(|| self.body.into());
        event
    }
}
