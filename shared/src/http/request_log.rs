//! The log entry of a request: one JSON object, of which CloudWatch makes metrics (the embedded metric format).
//!
//! The user, the identifier and the address are in it as keyed hashes under the key that signs at the time. While that
//! key signs, the entries of one of them can be correlated, but not attributed without the key. `docs/operating.md`
//! shows how an operator computes such a hash.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::http::problem::code::Code;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::site::Site;
use crate::http::subject::Subject;
use crate::limits::counter::subscriber_network;
use crate::log;

/// The outcome of a request.
pub(super) struct Outcome<'a> {
    /// The method and the path of the route. `None` if no route was found, because a client's own path or method may
    /// contain anything.
    pub route: Option<String>,
    /// The metric that counts the successes of the route.
    pub metric: Option<&'static str>,
    /// The event that a success of the route is.
    pub event: Option<&'static str>,
    pub response: &'a Response,
    pub milliseconds: f64,
    pub database_calls: u32,
    /// Whether this is the first request of the execution environment.
    pub is_cold: bool,
    /// Whether it is a refused login that came after its floor.
    pub is_late: bool,
}

impl Outcome<'_> {
    /// Whether the request was done. A redirect to the login is a problem with a code.
    fn is_success(&self) -> bool {
        self.response.code().is_none() && self.response.status().as_u16() < 400
    }
}

/// How long reads of the signing keys may fail before the metric `StaleKeys` counts. A new key signs an hour after it
/// was added, so the operator is warned before that.
const STALE_AFTER_SECONDS: i64 = 1_800;

/// Writes the log entry.
pub(super) fn write(outcome: &Outcome<'_>, request: &Request, site: &Site) {
    log::write(&Entry { outcome, request, site });
}

struct Entry<'a> {
    outcome: &'a Outcome<'a>,
    request: &'a Request,
    site: &'a Site,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { outcome, request, site } = self;
        let mut entry = serializer.serialize_map(None)?;
        entry.serialize_entry("timestamp", &request.now.to_rfc3339())?;
        entry.serialize_entry("level", "INFO")?;
        entry.serialize_entry("message", "request")?;
        entry.serialize_entry("request_id", &request.id)?;
        entry.serialize_entry("route", &outcome.route)?;
        entry.serialize_entry("status", &outcome.response.status().as_u16())?;
        entry.serialize_entry("code", &outcome.response.code())?;
        let event = outcome.response.event().or(outcome.event);
        // A HEAD does nothing but a read, and hands nothing out.
        if let Some(event) = event.filter(|_| outcome.is_success() && !request.is_head()) {
            entry.serialize_entry("event", event)?;
        }
        if outcome.response.subject().refresh_reused {
            entry.serialize_entry("event", "refresh_reused")?;
        }
        if let Some(mail) = &outcome.response.subject().mail {
            entry.serialize_entry("mail", mail)?;
        }
        let ignored = outcome.response.subject().attributes_ignored;
        if ignored > 0 {
            entry.serialize_entry("attributes_ignored", &ignored)?;
        }
        entry.serialize_entry("milliseconds", &outcome.milliseconds)?;
        entry.serialize_entry("database_calls", &outcome.database_calls)?;
        entry.serialize_entry("cold", &outcome.is_cold)?;
        for (kind, what) in subjects(outcome.response.subject(), request) {
            entry.serialize_entry(kind, &site.keys.pseudonym(kind, &what, request.now))?;
        }
        if let Some(address) = site.client_address.shown(request.source_ip()) {
            entry.serialize_entry("client_address", &address)?;
        }
        let metrics = metrics(outcome, site.keys.overdue(request.now).0 > STALE_AFTER_SECONDS);
        for (name, value) in log::metrics(&site.stack, &metrics, request.now) {
            entry.serialize_entry(&name, &value)?;
        }
        entry.end()
    }
}

/// The user, the identifier and the address of a request, each after its kind. The user is the one who has signed in,
/// or else the one whose session the request presents. An attempt to sign in is not about the presented session.
fn subjects(subject: &Subject, request: &Request) -> Vec<(&'static str, String)> {
    let is_attempt = subject.identifier.is_some();
    let presented = request.presented.as_ref().filter(|_| !is_attempt).map(|presented| &presented.user_id);
    let user = subject.user.as_ref().or(presented).map(|user_id| ("user", user_id.as_str().to_owned()));
    let identifier = subject.identifier.as_ref().map(|name| ("identifier", name.as_str().to_owned()));
    let address = ("address", subscriber_network(request.source_ip()));
    [user, identifier, Some(address)].into_iter().flatten().collect()
}

/// The metrics that a request counts, in addition to those of AWS. Each costs money in the hours in which it occurs.
fn metrics(outcome: &Outcome<'_>, are_keys_stale: bool) -> Vec<&'static str> {
    let of_code = outcome.response.code().and_then(Code::metric);
    let of_route = outcome.metric.filter(|_| outcome.is_success() && !outcome.response.is_first_step());
    let stale = are_keys_stale.then_some("StaleKeys");
    let late = outcome.is_late.then_some("LateRefusals");
    let reused = outcome.response.subject().refresh_reused.then_some("RefreshReused");
    [of_code, of_route, stale, late, reused].into_iter().flatten().collect()
}
