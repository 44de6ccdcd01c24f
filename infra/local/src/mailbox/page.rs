//! The pages of the mailbox.

use askama::Template;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use hyper::{Response, StatusCode};
use serde_json::Value;

use crate::http;

#[derive(Template)]
#[template(path = "mailbox.html")]
struct List<'a> {
    path: &'a str,
    messages: Vec<Message<'a>>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct One<'a> {
    path: &'a str,
    message: Message<'a>,
    request: String,
}

/// A mail as the pages show it.
struct Message<'a>(&'a Value);

impl Message<'_> {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The page with all mails.
pub(super) fn list<'a>(path: &str, messages: impl Iterator<Item = &'a Value>) -> Response<Full<Bytes>> {
    page(&List { path, messages: messages.map(Message).collect() })
}

/// The page with one mail.
pub(super) fn one(path: &str, message: &Value) -> Response<Full<Bytes>> {
    let request = serde_json::to_string_pretty(&message.get("request")).unwrap_or_default();
    page(&One { path, message: Message(message), request })
}

fn page(template: &impl Template) -> Response<Full<Bytes>> {
    let Ok(html) = template.render() else { return http::empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let mut response = Response::new(Full::new(html.into()));
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
