//! The log line of a request: one JSON object, of which CloudWatch also makes metrics (the embedded metric format),
//! without a call.
//!
//! Who it was stands there as hashes under the key that signs at the time, so that the lines of one person, name or
//! address can be told together, for as long as the key signs, and nobody can be told from them. The runbook shows how
//! an operator computes the hash of somebody.

use serde_json::{Map, Value, json};

use crate::http::cookie::Cookies;
use crate::http::request::Request;
use crate::http::route::Route;

/// What became of a request.
pub(super) struct Outcome<'a> {
    /// None where there was none: a path or a method of the client's own may hold anything.
    pub route: Option<&'a Route>,
    pub status: u16,
    /// The code of the problem, if it was one.
    pub code: Option<&'static str>,
    pub milliseconds: f64,
    pub database_calls: u32,
    /// The first request of an environment.
    pub is_cold: bool,
}

/// Keys are read every five minutes; a new one signs an hour after it was made.
const STALE_AFTER_SECONDS: i64 = 1_800;

/// Writes the line.
pub(super) fn write(outcome: &Outcome<'_>, request: &Request, cookies: &Cookies) {
    tracing::info!(target: crate::log::REQUEST, "{}", line(outcome, request, cookies));
}

fn line(outcome: &Outcome<'_>, request: &Request, cookies: &Cookies) -> Value {
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| {
        line.insert(name.to_owned(), value);
    };
    put("timestamp", json!(request.now.to_rfc3339()));
    put("level", json!("INFO"));
    put("message", json!("request"));
    put("request_id", json!(request.id));
    put("route", json!(outcome.route.map(|route| format!("{} {}", route.method(), route.path()))));
    put("status", json!(outcome.status));
    put("code", json!(outcome.code));
    put("milliseconds", json!(outcome.milliseconds));
    put("database_calls", json!(outcome.database_calls));
    put("cold", json!(outcome.is_cold));
    for (kind, what) in request.who() {
        put(kind, json!(cookies.pseudonym(kind, &what, request.now)));
    }
    let metrics = metrics(outcome, cookies.keys_overdue(request.now).0 > STALE_AFTER_SECONDS);
    if !metrics.is_empty() {
        let names: Vec<Value> = metrics.iter().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
        put("Stack", json!(cookies.stack()));
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
    Value::Object(line)
}

/// What is counted beside that which AWS counts by itself. Each is a metric with a price, in the hours when it occurs.
fn metrics(outcome: &Outcome<'_>, are_keys_stale: bool) -> Vec<&'static str> {
    let of_code = match outcome.code {
        Some("invalid_credentials") => Some("WrongPasswords"),
        Some("too_many_attempts") => Some("TooManyAttempts"),
        Some("unavailable") => Some("Unavailable"),
        Some("internal") => Some("InternalErrors"),
        _ => None,
    };
    let of_route = match outcome.route.map(|route| (route.method(), route.path())) {
        Some(("POST", "/login")) if outcome.status < 400 => Some("LogIns"),
        Some(("POST", "/signup")) if outcome.status < 400 => Some("SignUps"),
        _ => None,
    };
    [of_code, of_route, are_keys_stale.then_some("StaleKeys")].into_iter().flatten().collect()
}
