//! The guarantees of every route. The tests take the routes from the template, so they cover each new route.

mod clients;
pub mod origin;

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use crate::functions::Functions;
use crate::harness::client::account;
use crate::harness::{Client, Event, Latchkey, Response, template};

/// The paths of the template, each with its methods.
pub fn paths() -> BTreeMap<String, Vec<String>> {
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for function in template().functions() {
        for (method, path) in function.routes {
            if path != "$default" {
                let methods = paths.entry(path).or_default();
                if method != "ANY" {
                    methods.push(method);
                }
            }
        }
    }
    paths
}

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// The content security policy that a response must have. It allows a page its own style and images only.
fn policy(response: &Response) -> String {
    const REST: &str = "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    if response.header("content-type") != Some("text/html; charset=utf-8") {
        return format!("default-src 'none'; {REST}");
    }
    let (_, rest) = response.body.split_once("<style>").expect("a style");
    let hash = BASE64.encode(&Sha256::digest(rest.split_once("</style>").expect("the end of the style").0));
    format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; {REST}")
}

/// Checks the security headers, and the headers that depend on the status.
pub fn assert_safe_headers(response: &Response, what: &str) {
    // Which of them, `every_response_of_every_route_has_the_security_headers` says.
    let referrer = response.header("referrer-policy");
    assert!(matches!(referrer, Some("same-origin" | "strict-origin")), "{what}: {referrer:?}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", &policy(response)),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("vary", "Accept"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(response.header(name), Some(value), "{what}");
    }
    let allows_cors = response.headers.keys().any(|name| name.starts_with("access-control"));
    assert!(!allows_cors, "{what}: no response allows CORS");
    if response.status == 401 {
        assert_eq!(response.header("www-authenticate"), Some("Session realm=\"latchkey\""), "{what}");
    }
}

/// The paths whose responses are the same for everyone: scripts of every site may read them, and caches keep them.
const PUBLIC: [&str; 3] = [
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

/// Checks the headers of a response of this path.
pub fn assert_headers_of(path: &str, response: &Response, what: &str) {
    if !PUBLIC.contains(&path) || response.status != 200 {
        return assert_safe_headers(response, what);
    }
    for (name, value) in [
        ("access-control-allow-origin", Some("*")),
        ("access-control-allow-credentials", None),
        ("cache-control", Some("public, max-age=300")),
        ("content-security-policy", Some(policy(response).as_str())),
        ("cross-origin-opener-policy", Some("same-origin")),
        ("cross-origin-resource-policy", Some("cross-origin")),
        ("referrer-policy", Some("same-origin")),
        ("strict-transport-security", Some("max-age=63072000; includeSubDomains")),
        ("vary", None),
        ("x-content-type-options", Some("nosniff")),
    ] {
        assert_eq!(response.header(name), value, "{what}");
    }
    assert!(response.cookies.is_empty(), "{what}");
}

#[tokio::test]
async fn every_response_of_every_route_has_the_security_headers() {
    let latchkey = Latchkey::start().await;
    let unknown = ["/nothing".to_owned()];
    for path in paths().keys().chain(&unknown) {
        for method in METHODS {
            for accept in ["*/*", "text/html"] {
                for fetch_site in ["same-origin", "cross-site"] {
                    let event = Event::new(method, path)
                        .header("accept", accept)
                        .header("sec-fetch-site", fetch_site);
                    let response = latchkey.send(&event).await;
                    assert_headers_of(
                        path,
                        &response,
                        &format!("{method} {path} {accept} {fetch_site}: {response:?}"),
                    );
                    // What may hold the token of a mail in its URL tells the URL to no other page.
                    let is_route = ["GET", "HEAD", "POST"].contains(&method);
                    let holds_a_token = is_route && ["/verify", "/reset", "/undo"].contains(&path.as_str());
                    let expected = if holds_a_token { "strict-origin" } else { "same-origin" };
                    assert_eq!(response.header("referrer-policy"), Some(expected), "{method} {path}");
                    assert!(response.status < 500);
                    let is_problem = response.header("content-type") == Some("application/problem+json");
                    let is_for_programs = PUBLIC.contains(&path.as_str()) || path == "/token";
                    let may_be_json = accept == "*/*" || is_for_programs;
                    assert!(may_be_json || !is_problem, "a browser never gets JSON: {method} {path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_response_to_head_is_that_to_get_whose_body_gives_its_length() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    for path in paths().keys() {
        for accept in ["*/*", "text/html"] {
            let send = async |method: &str| {
                latchkey.send(&client.event(method, path).header("accept", accept)).await
            };
            assert_eq!(send("HEAD").await, send("GET").await, "{path} {accept}");
        }
    }
}

#[tokio::test]
async fn a_response_to_a_wrong_method_lists_the_right_ones() {
    let latchkey = Latchkey::start().await;
    for (path, methods) in paths() {
        let allow: Vec<&str> =
            methods.iter().map(|method| if method == "GET" { "GET, HEAD" } else { method }).collect();
        for method in METHODS {
            let known = methods.iter().any(|known| known == method)
                || method == "HEAD" && methods.contains(&"GET".to_owned());
            let response =
                latchkey.send(&Event::new(method, &path).header("sec-fetch-site", "same-origin")).await;
            assert_eq!(response.status == 405, !known, "{method} {path}: {response:?}");
            if !known {
                assert_eq!(response.header("allow"), Some(allow.join(", ").as_str()), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn cookies_have_every_protection_that_browsers_offer() {
    let latchkey = Latchkey::start().await;
    let mut client = Client::program();
    let response = client.post(&latchkey, "/signup", &account("ada1")).await;
    let token = client.token().to_owned();
    let expected = format!("__Host-session={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=1209600");
    let device = client.cookies["__Host-device"].clone();
    let known = format!("__Host-device={device}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3801600");
    assert_eq!(response.cookies, [expected, known]);
    assert!(response.cookies.iter().all(|cookie| cookie.len() <= 700), "{:?}", response.cookies);
    assert!(!response.body.contains(&device));
    assert!(!response.body.contains(&token) && !format!("{:?}", response.headers).contains(&token));
}

#[test]
fn the_routes_of_the_functions_are_those_of_the_template() {
    for function in template().functions() {
        let routes = Functions::routes(&function.name).into_iter();
        let mut routes: Vec<_> = routes.map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
        let paths: Vec<String> = routes.iter().map(|(_, path)| path.clone()).collect();
        routes.extend(paths.iter().map(|path| ("ANY".to_owned(), path.clone())));
        if function.name == "profile" {
            routes.push(("ANY".to_owned(), "$default".to_owned()));
        }
        routes.sort();
        routes.dedup();
        let mut expected = function.routes;
        expected.sort();
        assert_eq!(routes, expected, "{}", function.name);
    }
}

#[tokio::test]
async fn every_function_responds_only_to_its_own_paths() {
    let latchkey = Latchkey::start().await;
    let paths = Functions::NAMES.iter().flat_map(|name| Functions::routes(name)).map(|(_, path)| path);
    for path in paths.collect::<BTreeSet<_>>() {
        let mut own = Vec::new();
        for name in Functions::NAMES {
            let response = latchkey.send_to(name, Event::new("GET", path).json()).await;
            own.extend(Some(*name).filter(|_| response.status != 404));
        }
        assert_eq!(own, [Functions::with_path(path).expect("a function")], "{path}");
    }
}
