//! Events as no gateway should send them: each gets a 4xx or the right response, and none a panic.

use latchkey::aws::Aws;
use latchkey::config::Environment;
use latchkey::error::Error;
use latchkey::http::{self, Failure, Function, Problem, Request, Route, Site, serve};
use latchkey::session::PresentedSession;
use latchkey::time::Timestamp;
use serde_json::{Value, json};

use crate::harness::client::account;
use crate::harness::latchkey::environment;
use crate::harness::{Client, Event, Latchkey, NO_ADDRESS_LIMITS, Response};

fn get(path: &str) -> Event {
    Event::new("GET", path)
}

/// A sign-up that is right but for what the test makes odd.
fn sign_up(number: usize) -> Event {
    Event::new("POST", "/signup").body("application/json", &account(&format!("user{number}")).to_string())
}

#[tokio::test]
async fn an_odd_event_gets_the_usual_response() {
    let latchkey = Latchkey::start_with(&NO_ADDRESS_LIMITS).await;
    let long = "x".repeat(70_000);
    let mut number = 0;
    let mut next = || {
        number += 1;
        sign_up(number)
    };
    let mut events: Vec<(&str, Event, i64)> = Vec::new();
    // What `lambda_http` panics on.
    for query in ["<", "\"", " ", "\u{7f}", "%", "a=%zz", "\u{0}", "a b", "[", long.as_str()] {
        events.push(("query", next().with("/rawQueryString", json!(query)), 201));
    }
    for host in ["a b", "a:99999", "[::1", "1.2.3.256", "", "u:p@evil.example", "é", "\u{0}", long.as_str()]
    {
        events.push(("host", next().header("host", host), 201));
    }
    for proto in ["", "ht tp", "https, http", "javascript", "\u{0}"] {
        events.push(("forwarded proto", next().header("x-forwarded-proto", proto), 201));
    }
    events.push(("forwarded host", next().header("x-forwarded-host", "evil.example"), 201));
    events.push(("forwarded for", next().header("x-forwarded-for", "127.0.0.1, nonsense"), 201));
    // Paths that are rewritten, decoded or cut elsewhere.
    for path in [
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
        long.as_str(),
    ] {
        events.push(("path", get(path), 404));
    }
    // Methods.
    for method in [
        "get",
        "",
        "G E T",
        "GET\r\n",
        "TRACE",
        "CONNECT",
        "OPTIONS",
        "PUT",
        "PATCH",
        "DELETE",
        "\u{0}",
        long.as_str(),
    ] {
        events.push(("method", Event::new(method, "/profile"), 405));
    }
    // Missing and mistyped members.
    for pointer in [
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
    ] {
        events.push(("a missing member", next().without(pointer), 201));
        for value in [json!(null), json!(5), json!([]), json!({})] {
            events.push(("a mistyped member", next().with(pointer, value), 201));
        }
    }
    for value in [json!(null), json!(5), json!([]), json!("x")] {
        events.push((
            "mistyped raw path",
            get("/profile").with("/rawPath", if value == json!("x") { json!(1.5) } else { value.clone() }),
            404,
        ));
        events.push(("mistyped headers", sign_up(0).with("/headers", value.clone()), 403));
        events.push(("mistyped context", sign_up(0).with("/requestContext", value.clone()), 405));
        events.push((
            "mistyped method",
            sign_up(0)
                .with("/requestContext/http/method", if value == json!("x") { json!({}) } else { value }),
            405,
        ));
    }
    // routeKey differs between AWS and the local tools; it decides nothing.
    for key in ["POST /login", "ANY /signup", "$default", "DELETE /"] {
        events.push((
            "route key",
            next().with("/routeKey", json!(key)).with("/requestContext/routeKey", json!(key)),
            201,
        ));
    }
    // Headers and cookies.
    events.push(("a header of another type", next().with("/headers/x-odd", json!(["a"])), 201));
    events.push(("an odd header name", next().header("é \n", "x"), 201));
    events.push(("a long user agent", next().header("user-agent", &long), 201));
    events.push(("a user agent of NULs", next().header("user-agent", "\0\0\u{1b}[31m"), 201));
    events.push((
        "headers in capitals",
        next().without("/headers/content-type").header("Content-Type", "application/json"),
        201,
    ));
    events.push((
        "an address that is none",
        next().with("/requestContext/http/sourceIp", json!("unknown")),
        201,
    ));
    events.push(("an IPv6 address", next().with("/requestContext/http/sourceIp", json!("2001:db8::1")), 201));
    for cookies in
        [json!(null), json!("x"), json!({}), json!([1, null, "", ";", "=", "a", "\u{0}=\u{0}", "é=é", long])]
    {
        events.push(("odd cookies", next().with("/cookies", cookies), 201));
    }
    // An event of API Gateway's other format.
    let version_1 =
        Event::new("POST", "/signup").with("/httpMethod", json!("POST")).with("/path", json!("/signup"));
    events.push(("format 1.0", version_1.without("/rawPath").without("/requestContext/http"), 404));

    assert!(events.len() >= 50, "{}", events.len());
    for (name, event, status) in &events {
        let response = latchkey.send(event).await;
        assert_eq!(response.status, *status, "{name}: {:.300}\n{response:?}", event.json().to_string());
        assert!(response.status < 400 || response.code() != "internal");
    }
}

#[tokio::test]
async fn json_that_is_not_an_event_is_not_found() {
    let latchkey = Latchkey::start().await;
    for value in [
        json!(null),
        json!(5),
        json!("x"),
        json!([]),
        json!({}),
        json!({ "Records": [] }),
        json!({ "source": "aws.events" }),
    ] {
        assert_eq!(latchkey.send_to("signup", &value).await.status, 404, "{value}");
    }
    let surrogate =
        r#"{"rawPath":"/profile","headers":{"x":"\ud800"},"requestContext":{"http":{"method":"GET"}}}"#;
    let raw = serde_json::value::RawValue::from_string(surrogate.to_owned()).unwrap();
    let now = latchkey::time::Timestamp::from_seconds(latchkey.now());
    let response = serve::respond(&latchkey.functions.profile, &raw, "request-id", now).await;
    assert_eq!(response.status_code, 404);
    let deep = format!("{{\"rawPath\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let raw: Result<Box<serde_json::value::RawValue>, _> = serde_json::from_str(&deep);
    if let Ok(raw) = raw {
        let response = serve::respond(&latchkey.functions.profile, &raw, "request-id", now).await;
        assert_eq!(response.status_code, 404);
    }
}

#[tokio::test]
async fn two_session_cookies_are_no_session_and_login_still_works() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let cookie = format!("__Host-session={}", client.token());
    for cookies in [
        vec![cookie.clone(), cookie.clone()],
        vec!["__Host-session=planted".to_owned(), cookie.clone()],
        vec![cookie.clone(), "__Host-session=".to_owned()],
        vec![format!("{cookie}; __Host-session=x")],
    ] {
        let response = latchkey.send(&get("/profile").cookies(cookies.clone())).await;
        assert_eq!((response.status, response.cookies.len()), (401, 0), "{cookies:?}");
        let body = crate::harness::client::credentials("ada1").to_string();
        let event = Event::new("POST", "/login").cookies(cookies).body("application/json", &body);
        assert_eq!(latchkey.send(&event).await.status, 200);
    }
    assert!(client.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn other_cookies_of_the_domain_change_nothing() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let ours = format!("__Host-session={}", client.token());
    for neighbour in [
        "",
        "=",
        ";",
        "a",
        "a=\"b",
        "a=b; c=\u{1}",
        "é=ü",
        "a=\u{0}",
        "session=x",
        "__host-session=x",
        "__Host-session2=x",
        "__Host-session =x",
        "X__Host-session=x",
        "latchkey-session=x",
        "a=\u{fffd}\u{202e}",
        "a==;;==b",
        "\u{a0}__Host-session=x",
    ] {
        for cookies in [
            vec![neighbour.to_owned(), ours.clone()],
            vec![ours.clone(), neighbour.to_owned()],
            vec![format!("{neighbour}; {ours}")],
        ] {
            assert_eq!(latchkey.send(&get("/profile").cookies(cookies)).await.status, 200, "{neighbour:?}");
        }
        let header = get("/profile").header("cookie", &format!("{neighbour}; {ours}"));
        assert_eq!(latchkey.send(&header).await.status, 200, "{neighbour:?} in a header");
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_an_internal_error() {
    struct Panics(Site);
    impl Function for Panics {
        type Action = ();
        const ROUTES: &'static [Route<()>] = &[Route::get("/", ())];
        fn site(&self) -> &Site {
            &self.0
        }
        async fn warm(&self, _: &PresentedSession, _: Timestamp) -> Result<(), Error> {
            Ok(())
        }
        async fn handle(&self, (): (), request: &Request) -> Result<http::Response, Failure> {
            panic!("{}", request.path())
        }
        fn form_with_errors(&self, (): (), _: &Request, _: &Problem<'_>) -> Option<http::Response> {
            panic!("once more")
        }
    }
    let latchkey = Latchkey::start().await;
    let environment = Environment::new(environment("profile", latchkey.database.endpoint()));
    let aws = Aws::from_environment(&environment).expect("AWS");
    let function = Panics(Site::from_environment(&environment, &aws).expect("a site"));
    let send = async |event: &Event| {
        let event = serde_json::value::to_raw_value(event.json()).expect("JSON");
        let response = serve::respond(&function, &event, "request-id", Timestamp::from_seconds(0)).await;
        Response::from_event(response)
    };
    let response = send(&get("/")).await;
    assert_eq!((response.status, response.code().as_str()), (500, "internal"));
    let _: Value = response.json();
    let page = send(&get("/").header("accept", "text/html")).await;
    assert_eq!(page.status, 500);
    assert!(
        page.body.contains("Something went wrong"),
        "the error page, not the form that cannot be made: {page:?}"
    );
}
