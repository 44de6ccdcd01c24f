//! The log line of a request: one JSON object, of which CloudWatch also makes metrics (the embedded metric format),
//! without a call.
//!
//! Who it was stands there as hashes under the key that signs at the time, so that the lines of one person, name or
//! address can be told together, for as long as the key signs, and nobody can be told from them. The runbook shows how
//! an operator computes the hash of somebody.

use serde_json::{Map, Value, json};

use crate::http::problem::code::Code;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::site::Site;
use crate::http::subject::Subject;
use crate::limits::key::subscriber_network;

/// What became of a request.
pub(super) struct Outcome<'a> {
    /// None where there was none: a path or a method of the client's own may hold anything.
    pub route: Option<String>,
    /// The metric that counts a success of the route.
    pub metric: Option<&'static str>,
    pub response: &'a Response,
    pub milliseconds: f64,
    pub database_calls: u32,
    /// The first request of an execution environment.
    pub is_cold: bool,
}

/// Keys are read every five minutes; a new one signs an hour after it was made.
const STALE_AFTER_SECONDS: i64 = 1_800;

/// Writes the entry.
pub(super) fn write(outcome: &Outcome<'_>, request: &Request, site: &Site) {
    tracing::info!(target: crate::log::REQUEST, "{}", entry(outcome, request, site));
}

fn entry(outcome: &Outcome<'_>, request: &Request, site: &Site) -> Value {
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| {
        entry.insert(name.to_owned(), value);
    };
    put("timestamp", json!(request.now.to_rfc3339()));
    put("level", json!("INFO"));
    put("message", json!("request"));
    put("request_id", json!(request.id));
    put("route", json!(outcome.route));
    put("status", json!(outcome.response.status().as_u16()));
    put("code", json!(outcome.response.code()));
    put("milliseconds", json!(outcome.milliseconds));
    put("database_calls", json!(outcome.database_calls));
    put("cold", json!(outcome.is_cold));
    for (kind, what) in who(outcome.response.subject(), request) {
        put(kind, json!(site.keys.pseudonym(kind, &what, request.now)));
    }
    let metrics = metrics(outcome, site.keys.overdue(request.now).0 > STALE_AFTER_SECONDS);
    if !metrics.is_empty() {
        let names: Vec<Value> = metrics.iter().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
        put("Stack", json!(site.stack));
        put(
            "_aws",
            json!({
                "Timestamp": request.now.as_seconds().saturating_mul(1_000),
                "CloudWatchMetrics": [
                    { "Namespace": "Latchkey", "Dimensions": [["Stack"]], "Metrics": names },
                ],
            }),
        );
        for name in metrics {
            put(name, json!(1));
        }
    }
    Value::Object(entry)
}

/// Whom the request was about: the kind, and the thing itself. The user is the one who has signed in, or else the one
/// whose session the request presents.
fn who(subject: &Subject, request: &Request) -> Vec<(&'static str, String)> {
    let presented = request.presented.as_ref().map(|presented| &presented.user_id);
    let user = subject.user.as_ref().or(presented).map(|user_id| ("user", user_id.as_str().to_owned()));
    let identifier = subject.identifier.as_ref().map(|name| ("identifier", name.as_str().to_owned()));
    let address = ("address", subscriber_network(request.source_ip()));
    [user, identifier, Some(address)].into_iter().flatten().collect()
}

/// What is counted beside that which AWS counts by itself. Each is a metric with a price, in the hours when it occurs.
fn metrics(outcome: &Outcome<'_>, are_keys_stale: bool) -> Vec<&'static str> {
    let of_code = outcome.response.code().and_then(Code::metric);
    let of_route = outcome.metric.filter(|_| outcome.response.status().as_u16() < 400);
    [of_code, of_route, are_keys_stale.then_some("StaleKeys")].into_iter().flatten().collect()
}
