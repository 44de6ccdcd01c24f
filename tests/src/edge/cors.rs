//! CORS: the pages of trusted origins at the three routes that are for them, and no one else anywhere.

use serde_json::json;

use crate::edge::guard::{origin::public_origin, paths};
use crate::harness::app::App;
use crate::harness::{Client, Event, Latchkey, Response};

const TRUSTED: [&str; 2] = ["https://app.example.com", "https://example.com:8443"];
const ROUTES: [(&str, &str); 3] = [("GET", "/profile"), ("POST", "/token"), ("POST", "/logout")];

/// Origins, and whether each is trusted.
fn origins() -> Vec<(Option<String>, bool)> {
    let others = [
        "https://app.example.com.evil.example",
        "https://evil.example?app.example.com",
        "https://sub.app.example.com",
        "https://example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://APP.example.com",
        "https://app.example.com, https://example.com:8443",
        "null",
        "*",
        "",
    ];
    let others =
        others.map(str::to_owned).into_iter().chain([public_origin()]).map(|origin| (Some(origin), false));
    let trusted = TRUSTED.map(|origin| (Some(origin.to_owned()), true));
    others.chain(trusted).chain([(None, false)]).collect()
}

async fn start() -> Latchkey {
    Latchkey::start_with(&[("TRUSTED_ORIGINS", &TRUSTED.join(","))]).await
}

/// The headers of CORS in a response.
fn cors(response: &Response) -> Vec<(&str, &str)> {
    let all = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut all: Vec<_> = all.filter(|(name, _)| name.starts_with("access-control-")).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn every_origin_at_every_route_with_every_method_and_credential() {
    const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    let latchkey = start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    let app = App::logged_in(&latchkey, "ada1").await;
    let (mut rows, mut readable) = (0, 0);
    for (path, _) in paths() {
        for method in METHODS {
            for (origin, is_trusted) in origins() {
                for fetch_site in [None, Some("same-site"), Some("cross-site"), Some("Same-Site")] {
                    for (kind, event) in [
                        ("anonymous", Client::program().event(method, &path)),
                        // A logout would end the session of the other rows.
                        (
                            "cookie",
                            if path == "/logout" { Client::with_token("x") } else { client.clone() }
                                .event(method, &path),
                        ),
                        (
                            "bearer",
                            app.with(if path == "/logout" { "x" } else { &app.token }).event(method, &path),
                        ),
                    ] {
                        let with = |event: Event, name, value: Option<&str>| match value {
                            Some(value) => event.header(name, value),
                            None => event,
                        };
                        let event = with(event, "origin", origin.as_deref());
                        let event = with(event, "sec-fetch-site", fetch_site);
                        let response = send(&latchkey, &event).await;
                        let is_near = matches!(fetch_site, None | Some("same-site"));
                        let of_three = ROUTES.iter().any(|(_, known)| *known == path);
                        let is_readable = is_trusted && is_near && of_three;
                        let what = format!("{method} {path} {origin:?} {fetch_site:?} {kind}: {response:?}");
                        check(
                            &response,
                            method,
                            &path,
                            is_readable.then_some(origin.as_deref()).flatten(),
                            &what,
                        );
                        rows += 1;
                        readable += usize::from(is_readable);
                    }
                }
            }
        }
    }
    assert_eq!(readable, 3 * METHODS.len() * 2 * 2 * 3);
    assert!(rows > 30_000, "{rows}");
}

/// Sends an event to the function of its path.
async fn send(latchkey: &Latchkey, event: &Event) -> Response {
    let path = event.json()["rawPath"].as_str().expect("a path").to_owned();
    let function = crate::functions::Functions::with_path(&path).expect("a function");
    latchkey.send_to(function, event.json()).await
}

fn check(response: &Response, method: &str, path: &str, origin: Option<&str>, what: &str) {
    if path.starts_with("/.well-known/") && path != "/.well-known/change-password" {
        // They are the same for everyone, without credentials.
        assert!(
            cors(response).iter().all(|header| *header == ("access-control-allow-origin", "*")),
            "{what}"
        );
        return;
    }
    let Some(origin) = origin else {
        assert_eq!(cors(response), [], "{what}");
        assert!(method != "OPTIONS" || response.status == 405, "{what}");
        return;
    };
    assert_eq!(response.header("vary"), Some("Accept, Origin"), "{what}");
    let of_path = ROUTES.iter().find(|(_, known)| *known == path).expect("a route").0;
    let both = [("access-control-allow-credentials", "true"), ("access-control-allow-origin", origin)];
    if method != "OPTIONS" {
        assert_eq!(cors(response), both, "{what}");
        assert!(response.status != 403 || path == "/logout", "{what}");
        return;
    }
    let [credentials, origin] = both;
    let rest = [
        ("access-control-allow-headers", "content-type"),
        ("access-control-allow-methods", of_path),
        origin,
        ("access-control-max-age", "600"),
    ];
    assert_eq!(cors(response), [&[credentials][..], &rest].concat(), "{what}");
    assert_eq!((response.status, response.body.len(), response.cookies.len()), (204, 0, 0), "{what}");
}

#[tokio::test]
async fn a_page_of_a_trusted_origin_uses_the_cookie_and_no_other_page_does() {
    let latchkey = start().await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let from = |client: &Client, method: &str, path: &str, site: Option<&str>, origin: &str| {
        let event = client.event(method, path).header("origin", origin);
        match site {
            Some(site) => event.header("sec-fetch-site", site),
            None => event,
        }
    };
    for (site, origin, status) in [
        (Some("same-site"), TRUSTED[0], 200),
        (None, TRUSTED[1], 200),
        (Some("cross-site"), TRUSTED[0], 403),
        (Some("same-site"), "https://evil.example.com", 403),
        (None, "https://evil.example.com", 403),
        (Some("Same-Site"), TRUSTED[0], 403),
        (Some(""), TRUSTED[0], 403),
    ] {
        let token = latchkey.send(&from(&client, "POST", "/token", site, origin)).await;
        assert_eq!(token.status, status, "{site:?} {origin}: {token:?}");
        for path in ["/login", "/signup", "/profile/name", "/confirm", "/profile/sessions/end-others"] {
            let event = from(&client, "POST", path, site, origin).body("application/json", "{}");
            let refused = latchkey.send(&event).await;
            assert_eq!((refused.status, cors(&refused).len()), (403, 0), "{path}: {refused:?}");
        }
    }
    let profile = latchkey.send(&from(&client, "GET", "/profile", Some("same-site"), TRUSTED[0])).await;
    assert_eq!((profile.status, &profile.json()["user"]["username"]), (200, &json!("ada1")));
    latchkey.pass(86_400);
    let renewed =
        client.send(&latchkey, &from(&client, "POST", "/token", Some("same-site"), TRUSTED[0])).await;
    assert_eq!((renewed.status, renewed.cookies.len()), (200, 1), "{renewed:?}");
    let out = client.send(&latchkey, &from(&client, "POST", "/logout", Some("same-site"), TRUSTED[0])).await;
    assert_eq!((out.status, out.cookies.len()), (204, 3), "{out:?}");
    let after = latchkey.send(&from(&client, "GET", "/profile", Some("same-site"), TRUSTED[0])).await;
    assert_eq!((after.status, cors(&after).len()), (401, 2), "a page can read the error: {after:?}");
}

#[tokio::test]
async fn without_trusted_origins_there_is_no_cors() {
    let latchkey = Latchkey::start().await;
    for (method, path) in ROUTES {
        for method in [method, "OPTIONS"] {
            let response = latchkey.send(&Event::new(method, path).header("origin", TRUSTED[0])).await;
            assert_eq!(cors(&response), [], "{response:?}");
            assert_eq!(response.header("vary"), Some("Accept"));
        }
    }
}
