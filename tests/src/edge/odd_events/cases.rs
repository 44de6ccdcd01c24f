//! Odd events, and the status that each gets.

use serde_json::json;

use crate::edge::odd_events::get;
use crate::harness::Event;
use crate::harness::client::account;

/// What is odd about an event, the event, and the status of its response.
pub type Cases = Vec<(&'static str, Event, i64)>;

/// A valid sign-up, which a case makes odd.
fn sign_up(number: usize) -> Event {
    Event::new("POST", "/signup").body("application/json", &account(&format!("user{number}")).to_string())
}

/// Valid sign-ups, each of another user.
struct SignUps(usize);

impl SignUps {
    fn next(&mut self) -> Event {
        self.0 += 1;
        sign_up(self.0)
    }
}

const PATHS: [&str; 26] = [
    "/a/../profile",
    "/a/%2e%2e/profile",
    "/./profile",
    "//profile",
    "/profile/",
    "/profile//",
    "/Profile",
    "/PROFILE",
    "/profile%20",
    "/pro%66ile",
    "/profile;x=1",
    // HTTP APIs decode the path, so it may have a space, a question mark or any other character.
    "/capture/space value",
    "/profile /",
    "/profile?x",
    "/profile#x",
    "/prof\u{0}ile",
    "\\profile",
    "/a/..\\profile",
    "profile",
    "",
    " ",
    "*",
    "/*",
    "/é",
    "https://evil.example/profile",
    "/default/profile",
];

const METHODS: [&str; 11] =
    ["get", "", "G E T", "GET\r\n", "TRACE", "CONNECT", "OPTIONS", "PUT", "PATCH", "DELETE", "\u{0}"];

/// The members that no response depends on.
const MEMBERS: [&str; 11] = [
    "/version",
    "/routeKey",
    "/rawQueryString",
    "/requestContext/requestId",
    "/requestContext/domainName",
    "/requestContext/stage",
    "/requestContext/http/sourceIp",
    "/requestContext/http/userAgent",
    "/requestContext/http/path",
    "/requestContext/timeEpoch",
    "/isBase64Encoded",
];

/// All cases.
pub fn all() -> Cases {
    let long = "x".repeat(70_000);
    let mut sign_ups = SignUps(0);
    let mut cases = urls(&mut sign_ups, &long);
    cases.extend(paths_and_methods(&long));
    cases.extend(members(&mut sign_ups));
    cases.extend(mistyped());
    cases.extend(headers_and_cookies(&mut sign_ups, &long));
    // An event of API Gateway's other format.
    let version_1 =
        Event::new("POST", "/signup").with("/httpMethod", json!("POST")).with("/path", json!("/signup"));
    cases.push(("format 1.0", version_1.without("/rawPath").without("/requestContext/http"), 404));
    cases
}

/// The parts of a URL that `lambda_http` panics on.
fn urls(sign_ups: &mut SignUps, long: &str) -> Cases {
    let mut cases = Cases::new();
    for query in ["<", "\"", " ", "\u{7f}", "%", "a=%zz", "\u{0}", "a b", "[", long] {
        cases.push(("query", sign_ups.next().with("/rawQueryString", json!(query)), 201));
    }
    for host in ["a b", "a:99999", "[::1", "1.2.3.256", "", "u:p@evil.example", "é", "\u{0}", long] {
        cases.push(("host", sign_ups.next().header("host", host), 201));
    }
    for proto in ["", "ht tp", "https, http", "javascript", "\u{0}"] {
        cases.push(("forwarded proto", sign_ups.next().header("x-forwarded-proto", proto), 201));
    }
    cases.push(("forwarded host", sign_ups.next().header("x-forwarded-host", "evil.example"), 201));
    cases.push(("forwarded for", sign_ups.next().header("x-forwarded-for", "127.0.0.1, nonsense"), 201));
    cases
}

/// Paths that other software rewrites, decodes or cuts, and methods that no route has.
fn paths_and_methods(long: &str) -> Cases {
    let mut cases = Cases::new();
    for path in PATHS.into_iter().chain([long]) {
        cases.push(("path", get(path), 404));
    }
    for method in METHODS.into_iter().chain([long]) {
        cases.push(("method", Event::new(method, "/profile"), 405));
    }
    cases
}

fn members(sign_ups: &mut SignUps) -> Cases {
    let mut cases = Cases::new();
    for pointer in MEMBERS {
        cases.push(("a missing member", sign_ups.next().without(pointer), 201));
        for value in [json!(null), json!(5), json!([]), json!({})] {
            cases.push(("a mistyped member", sign_ups.next().with(pointer, value), 201));
        }
    }
    // The route key differs between AWS and the local tools. It decides nothing.
    for key in ["POST /login", "ANY /signup", "$default", "DELETE /"] {
        let event = sign_ups.next().with("/routeKey", json!(key));
        cases.push(("route key", event.with("/requestContext/routeKey", json!(key)), 201));
    }
    cases
}

fn mistyped() -> Cases {
    let mut cases = Cases::new();
    let values = [json!(null), json!(5), json!([])];
    for path in values.iter().chain([&json!(1.5)]) {
        cases.push(("mistyped raw path", get("/profile").with("/rawPath", path.clone()), 404));
    }
    for headers in values.iter().chain([&json!("x")]) {
        cases.push(("mistyped headers", sign_up(0).with("/headers", headers.clone()), 403));
    }
    for context in values.iter().chain([&json!("x")]) {
        cases.push(("mistyped context", sign_up(0).with("/requestContext", context.clone()), 405));
    }
    for method in values.iter().chain([&json!({})]) {
        let event = sign_up(0).with("/requestContext/http/method", method.clone());
        cases.push(("mistyped method", event, 405));
    }
    cases
}

fn headers_and_cookies(sign_ups: &mut SignUps, long: &str) -> Cases {
    let mut next = || sign_ups.next();
    let in_capitals = next().without("/headers/content-type").header("Content-Type", "application/json");
    let unknown_address = next().with("/requestContext/http/sourceIp", json!("unknown"));
    let ipv6_address = next().with("/requestContext/http/sourceIp", json!("2001:db8::1"));
    let mut cases = vec![
        ("a header of another type", next().with("/headers/x-odd", json!(["a"])), 201),
        ("an odd header name", next().header("é \n", "x"), 201),
        ("a long user agent", next().header("user-agent", long), 201),
        ("a user agent of NULs", next().header("user-agent", "\0\0\u{1b}[31m"), 201),
        ("headers in capitals", in_capitals, 201),
        ("an invalid address", unknown_address, 201),
        ("an IPv6 address", ipv6_address, 201),
    ];
    for cookies in
        [json!(null), json!("x"), json!({}), json!([1, null, "", ";", "=", "a", "\u{0}=\u{0}", "é=é", long])]
    {
        cases.push(("odd cookies", next().with("/cookies", cookies), 201));
    }
    cases
}
