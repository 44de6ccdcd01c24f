//! Responses.

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::header::{CONTENT_TYPE, REFERRER_POLICY};
use lambda_http::http::{HeaderMap, HeaderName};
use serde::Serialize;

use crate::account::identifier::Identifier;
use crate::account::user::{User, UserId, UserView};
use crate::error::{Cause, Error};
use crate::http::headers;
use crate::http::problem::code::Code;
use crate::http::return_to::ReturnTo;
use crate::http::subject::Subject;
use crate::secret::IssuedToken;
use crate::session::record::{Session, SessionView};

pub use lambda_http::http::header::{CONTENT_DISPOSITION, LOCATION};
pub use lambda_http::http::{HeaderValue, StatusCode};

#[derive(Serialize)]
struct Account<'a> {
    user: UserView<'a>,
    session: SessionView,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<IssuedToken>,
}

/// A response.
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    policy: HeaderValue,
    cookies: Vec<String>,
    body: String,
    code: Option<Code>,
    subject: Subject,
    /// What has happened, where that is another event than the one of the route.
    event: Option<&'static str>,
    /// Whether it was only the first of two steps, which the metric of the route does not count.
    is_first_step: bool,
    /// Whether it is the same for everyone.
    is_public: bool,
}

impl Response {
    /// A response without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            policy: headers::POLICY,
            cookies: Vec::new(),
            body: String::new(),
            code: None,
            subject: Subject::default(),
            event: None,
            is_first_step: false,
            is_public: false,
        }
    }

    /// A 303: the browser continues to this path with GET.
    #[must_use]
    pub fn see_other(path: &'static str) -> Self {
        Self::empty(StatusCode::SEE_OTHER).with_header(LOCATION, HeaderValue::from_static(path))
    }

    /// A 303 to where a user goes on: to this path, or to the profile.
    #[must_use]
    pub fn return_to(path: Option<&ReturnTo>) -> Self {
        let location = path.and_then(|path| HeaderValue::try_from(path.as_str()).ok());
        match location {
            Some(location) => Self::empty(StatusCode::SEE_OTHER).with_header(LOCATION, location),
            None => Self::see_other("/profile"),
        }
    }

    /// A 303 to a page of this site, from which a user goes on to `path`.
    #[must_use]
    pub fn by_way_of(page: &'static str, path: Option<&ReturnTo>) -> Self {
        match path.and_then(|path| HeaderValue::try_from(path.after(page)).ok()) {
            Some(location) => Self::empty(StatusCode::SEE_OTHER).with_header(LOCATION, location),
            None => Self::see_other(page),
        }
    }

    /// A response with a value as JSON.
    ///
    /// # Errors
    /// [`Error::Internal`] when the value cannot be serialised.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Error> {
        let body =
            serde_json::to_string(value).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
        Ok(Self::with_body(status, HeaderValue::from_static("application/json"), body))
    }

    /// The response of sign-up, login and profile to a program: the user, the session and, if the session has just
    /// begun and is held in one, the refresh token, as JSON.
    ///
    /// # Errors
    /// [`Error::Internal`] when RFC 3339 cannot express a time.
    pub fn account(
        status: StatusCode,
        user: &User,
        session: &Session,
        refresh_token: Option<IssuedToken>,
    ) -> Result<Self, Error> {
        Self::json(status, &Account { user: user.view(), session: session.view(), refresh_token })
    }

    /// A response with a body of this type.
    pub(super) fn with_body(status: StatusCode, content_type: HeaderValue, body: String) -> Self {
        Self { body, ..Self::empty(status) }.with_header(CONTENT_TYPE, content_type)
    }

    /// The same response with the policy of a page.
    pub(super) fn with_policy(self, policy: HeaderValue) -> Self {
        Self { policy, ..self }
    }

    /// The same response, whose URL or page holds a token. No link and no other form of the page then tells the URL to
    /// anyone. The site's own form still sends its true `Origin`, which it would not with `no-referrer`.
    #[must_use]
    pub(super) fn holding_a_token(self) -> Self {
        self.with_header(REFERRER_POLICY, HeaderValue::from_static("strict-origin"))
    }

    /// The same response, which is the same for everyone: caches may store it, and scripts of all sites may read it.
    #[must_use]
    pub fn for_everyone(mut self) -> Self {
        self.is_public = true;
        self
    }

    /// The same response with this header, which replaces one of the same name.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same response with one more `Set-Cookie`.
    #[must_use]
    pub fn with_cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// The same response without any `Set-Cookie`.
    #[must_use]
    pub(super) fn without_cookies(mut self) -> Self {
        self.cookies.clear();
        self
    }

    /// The same response, about a user who has just signed in, or whose account has changed.
    #[must_use]
    pub fn with_user(mut self, user_id: &UserId) -> Self {
        self.subject.user = Some(user_id.clone());
        self
    }

    /// The same response, after which a mail with this id is on its way, if there is one.
    #[must_use]
    pub fn with_mail(mut self, mail_id: Option<&str>) -> Self {
        self.subject.mail = mail_id.map(str::to_owned);
        self
    }

    /// The same response, for which this many attributes of the user were left out.
    #[must_use]
    pub fn with_attributes_ignored(mut self, count: u32) -> Self {
        self.subject.attributes_ignored = count;
        self
    }

    /// The same response, after this event instead of the one of the route.
    #[must_use]
    pub fn with_event(mut self, event: &'static str) -> Self {
        self.event = Some(event);
        self
    }

    /// The same response, after the first of two steps.
    #[must_use]
    pub fn after_first_step(mut self) -> Self {
        self.is_first_step = true;
        self
    }

    /// The same response, about an identifier that was typed.
    #[must_use]
    pub fn with_identifier(mut self, identifier: Identifier) -> Self {
        self.subject.identifier = Some(identifier);
        self
    }

    /// The same response, as a problem with this code and about this subject.
    #[must_use]
    pub(super) fn with_problem(self, code: Code, subject: Subject) -> Self {
        Self { code: Some(code), subject, ..self }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code, if the response is a problem.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.code
    }

    /// The user and the identifier that the request is about, for its log entry.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The event that has happened instead of the one of the route.
    #[must_use]
    pub(super) fn event(&self) -> Option<&'static str> {
        self.event
    }

    /// Whether it was only the first of two steps.
    #[must_use]
    pub(super) fn is_first_step(&self) -> bool {
        self.is_first_step
    }

    /// The response as API Gateway expects it. Over plain HTTP it says nothing about HTTPS (RFC 6797, section 7.2).
    ///
    /// The response to HEAD has a body, too: HTTP servers take its `Content-Length` from it, and do not send it
    /// (RFC 9110, section 9.3.2). Without one, they would say that the length is zero.
    #[must_use]
    pub fn into_event(self, is_secure: bool) -> ApiGatewayV2httpResponse {
        let mut event = ApiGatewayV2httpResponse::default();
        event.status_code = i64::from(self.status.as_u16());
        event.headers = headers::complete(self.headers, self.policy, self.is_public, is_secure);
        event.cookies = self.cookies;
        event.body = (!self.body.is_empty()).then(|| self.body.into());
        event
    }
}
