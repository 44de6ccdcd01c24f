//! Requests, parsed from events of an API Gateway HTTP API (payload format 2.0) field by field.
//!
//! Parsing never fails: a field that is invalid or of the wrong type counts as missing. `routeKey` is not read, because
//! it differs between AWS and the local tools. A forwarded host, scheme or address is not read either.
//!
//! `lambda_http` is not used for this. It makes a URI of the event, panics if that fails, and rewrites `/a/../b` to
//! `/b`, which API Gateway does not.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::bearer;
use crate::http::format::Format;
use crate::http::media_type::{html_or_json, is_type_of_form};
use crate::http::query;
use crate::http::rejection::{BODY_LIMIT, Rejection};
use crate::input::Fields;
use crate::session::client_info::ClientInfo;
use crate::session::presented::PresentedSession;
use crate::time::Timestamp;

/// What a handler can read of a request. It has no `Debug`, because it contains passwords and tokens.
pub struct Request {
    /// When the request arrived.
    pub now: Timestamp,
    /// Lambda's id of the request, for responses and log entries.
    pub id: String,
    /// The format of the response.
    pub format: Format,
    /// Whether the route speaks OAuth, so that its errors have the members of RFC 6749, too.
    pub(super) speaks_oauth: bool,
    /// The session that the request presents. The edge sets it before the handler runs, if the token is valid. Only the
    /// database says whether the session is active.
    pub presented: Option<PresentedSession>,
    /// The host name of the API, as API Gateway knows it. No client can set it.
    pub domain_name: Option<String>,
    /// The body, as the event contains it.
    pub(super) body: RawBody,
    /// Whether the body is base64.
    pub(super) is_base64: bool,
    /// The fields of the body, once they have been read.
    pub(super) fields: OnceLock<Result<Fields, Rejection>>,
    method: String,
    path: String,
    query: String,
    /// The headers by their names in lower case. API Gateway joins repeated ones with commas.
    headers: HashMap<String, String>,
    cookies: Vec<String>,
    pub(super) source_ip: Option<IpAddr>,
}

/// The body of a request, which is decoded only where a handler reads it.
pub(super) enum RawBody {
    /// A string of JSON, as the event contains it.
    Text(Box<RawValue>),
    /// There is no body.
    Missing,
    /// The body is longer than any encoding of [`BODY_LIMIT`] bytes, so it was not copied.
    TooLarge,
}

impl RawBody {
    /// The longest encoding of a body: two quotation marks, and six characters (`\u0001`) for each byte.
    const LONGEST: usize = 2 + 6 * BODY_LIMIT;

    fn new(raw: Option<&RawValue>) -> Self {
        match raw {
            None => Self::Missing,
            Some(raw) if raw.get() == r#""""# || !raw.get().starts_with('"') => Self::Missing,
            Some(raw) if raw.get().len() > Self::LONGEST => Self::TooLarge,
            Some(raw) => Self::Text(raw.to_owned()),
        }
    }
}

/// The members of an event that are read. Each is raw JSON, so that one of a wrong type does not spoil the others.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event<'a> {
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    cookies: Option<&'a RawValue>,
    headers: Option<&'a RawValue>,
    is_base64_encoded: Option<&'a RawValue>,
    raw_path: Option<&'a RawValue>,
    raw_query_string: Option<&'a RawValue>,
    request_context: Option<&'a RawValue>,
}

/// The same of its `requestContext`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Context<'a> {
    #[serde(borrow)]
    domain_name: Option<&'a RawValue>,
    http: Option<&'a RawValue>,
}

/// The same of the `http` in it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Http<'a> {
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    source_ip: Option<&'a RawValue>,
}

/// A member of an event. `None` if it is missing or of another type.
fn read<'a, T: Deserialize<'a>>(member: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(member?.get()).ok()
}

impl Request {
    /// Parses an event. Anything that is not an event becomes a request for a path that no function has.
    #[must_use]
    pub fn from_event(event: &RawValue, id: &str, now: Timestamp) -> Self {
        let event: Event<'_> = read(Some(event)).unwrap_or_default();
        let context: Context<'_> = read(event.request_context).unwrap_or_default();
        let http: Http<'_> = read(context.http).unwrap_or_default();
        let headers: BTreeMap<String, &RawValue> = read(event.headers).unwrap_or_default();
        let header = |(name, value): (String, _)| Some((name.to_ascii_lowercase(), read(Some(value))?));
        let headers: HashMap<String, String> = headers.into_iter().filter_map(header).collect();
        // API Gateway moves the cookies out of the headers. Other senders of events may not.
        let cookies = match read::<Vec<&RawValue>>(event.cookies) {
            Some(cookies) => cookies.into_iter().filter_map(|cookie| read(Some(cookie))).collect(),
            None => headers.get("cookie").cloned().into_iter().collect(),
        };
        let method: String = read(http.method).unwrap_or_default();
        let address: Option<String> = read(http.source_ip);
        Self {
            now,
            id: id.to_owned(),
            format: Format::of(&method, &headers),
            speaks_oauth: false,
            domain_name: read(context.domain_name),
            body: RawBody::new(event.body),
            is_base64: read(event.is_base64_encoded).unwrap_or_default(),
            fields: OnceLock::new(),
            method,
            path: read(event.raw_path).unwrap_or_default(),
            query: read(event.raw_query_string).unwrap_or_default(),
            headers,
            cookies,
            source_ip: address.and_then(|address| address.parse().ok()),
            presented: None,
        }
    }

    /// The method by which the route is found. HEAD counts as GET.
    #[must_use]
    pub fn method(&self) -> &str {
        if self.is_head() { "GET" } else { &self.method }
    }

    /// Whether the method is HEAD. The client then gets no body, and the request changes nothing.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// Whether there is a body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        !matches!(self.body, RawBody::Missing)
    }

    /// Whether there is no body, and no form of a browser can have sent the request. A form always has one of three
    /// types, and never an `Accept` that prefers JSON.
    #[must_use]
    pub fn is_bodiless(&self) -> bool {
        let header = |name: &str| self.header(name).unwrap_or_default();
        let is_of_a_form = is_type_of_form(header("content-type")) && html_or_json(header("accept")).is_ge();
        !self.has_body() && !is_of_a_form
    }

    /// The path as API Gateway reports it. HTTP APIs decode it: `/%70rofile` arrives as `/profile`. It is compared
    /// exactly. A path must never contain a secret or decide whether a request is allowed, because the throttles and
    /// the routes of API Gateway may see another spelling of it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of the only member of the query with this name. `None` if there are two.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        query::member(&self.query, name)
    }

    /// The value of a header. `name` is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// What the request presents as its bearer token. Then its cookies do not count, and its response sets none.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        bearer::token(self.header("authorization")?)
    }

    /// Whether it presents one.
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.bearer().is_some()
    }

    /// The client's address, as API Gateway saw it, or as a CDN that knows the origin secret says.
    #[must_use]
    pub fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip
    }

    /// What a session keeps of the client.
    #[must_use]
    pub fn client_info(&self) -> ClientInfo {
        ClientInfo::new(self.header("user-agent"), self.source_ip)
    }

    /// The value of the only cookie with this name. `None` if there are two, because another site may have set one.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let mut found = self
            .cookies
            .iter()
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='))
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value);
        found.next().filter(|_| found.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn request(event: &Value) -> Request {
        let raw = serde_json::value::to_raw_value(event).unwrap();
        Request::from_event(&raw, "id", Timestamp::from_seconds(0))
    }

    #[test]
    fn a_cookie_is_found_among_malformed_ones() {
        for cookies in [
            serde_json::json!(["s=1"]),
            serde_json::json!(["a=b", "s=1"]),
            serde_json::json!(["a", "=", "", ";", "é=\u{1}\u{7f}\"", "\ts=1 ", 5, null]),
            serde_json::json!(["x=y; s=1; S=2; ss=3; s =4"]),
        ] {
            assert_eq!(
                request(&serde_json::json!({ "cookies": cookies })).cookie("s"),
                Some("1"),
                "{cookies}"
            );
        }
        let in_header = serde_json::json!({ "headers": { "Cookie": "a=b; s=1" } });
        assert_eq!(request(&in_header).cookie("s"), Some("1"));
        let two = serde_json::json!({ "cookies": ["s=1", "s=1"] });
        assert_eq!(request(&two).cookie("s"), None);
        let spaced = serde_json::json!({ "cookies": ["\u{a0}s=1"] });
        assert_eq!(request(&spaced).cookie("s"), None, "only space and tab are trimmed");
    }
}
