//! Requests from other sites, and the public origin.

use crate::edge::guard::paths;
use crate::harness::client::account;
use crate::harness::event::DOMAIN;
use crate::harness::{Client, Event, Latchkey};

const FETCH_SITES: [Option<&str>; 7] = [
    None,
    Some("same-origin"),
    Some("none"),
    Some("same-site"),
    Some("cross-site"),
    Some("Same-Origin"),
    Some(""),
];

const TYPES: [&str; 6] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data",
    "text/plain; application/json",
    "",
];

/// The public origin of the deployment.
fn public_origin() -> String {
    format!("https://{DOMAIN}")
}

fn origins() -> [Option<String>; 8] {
    [
        None,
        Some(public_origin()),
        Some("https://evil.example".to_owned()),
        Some(format!("https://{DOMAIN}.evil.example")),
        Some(format!("https://sub.{DOMAIN}")),
        Some(format!("http://{DOMAIN}")),
        Some(format!("https://{DOMAIN}:8443")),
        Some("null".to_owned()),
    ]
}

/// The headers by which Latchkey judges the sender of a request.
#[derive(Debug)]
struct Sender {
    fetch_site: Option<&'static str>,
    origin: Option<String>,
    content_type: &'static str,
}

impl Sender {
    /// Every combination of the headers.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for fetch_site in FETCH_SITES {
            for origin in origins() {
                all.extend(TYPES.map(|content_type| Self {
                    fetch_site,
                    origin: origin.clone(),
                    content_type,
                }));
            }
        }
        all
    }

    fn event(&self, method: &str, path: &str) -> Event {
        let mut event = Event::new(method, path).body(self.content_type, "{}");
        if let Some(site) = self.fetch_site {
            event = event.header("sec-fetch-site", site);
        }
        if let Some(origin) = &self.origin {
            event = event.header("origin", origin);
        }
        event
    }

    fn is_allowed(&self) -> bool {
        match (self.fetch_site, &self.origin) {
            (Some(site), _) => site == "same-origin" || site == "none",
            (None, Some(origin)) => *origin == public_origin(),
            (None, None) => self.content_type == "application/json",
        }
    }
}

#[tokio::test]
async fn every_route_but_get_refuses_requests_that_another_site_may_have_sent() {
    let latchkey = Latchkey::start().await;
    let mut checked = 0;
    for (path, methods) in paths() {
        for method in methods.iter().filter(|method| *method != "GET") {
            for sender in Sender::all() {
                let is_allowed = sender.is_allowed();
                let response = latchkey.send(&sender.event(method, &path)).await;
                let what = format!("{method} {path} {sender:?}: {response:?}");
                assert_eq!(response.status == 403, !is_allowed, "{what}");
                let is_refusal = |code: &str| code == "cross_origin" && response.cookies.is_empty();
                assert!(is_allowed || is_refusal(&response.code()), "{what}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 3 * 7 * 8 * 6, "{checked}");
    assert_eq!(latchkey.database.counts(), (0, 0, 0));
}

#[tokio::test]
async fn a_configured_origin_replaces_that_of_the_gateway() {
    let latchkey = Latchkey::start_with(&[("PUBLIC_ORIGIN", "https://auth.example.com")]).await;
    let post = |origin: &str| Event::new("POST", "/logout").header("origin", origin);
    assert_eq!(latchkey.send(&post("https://auth.example.com")).await.status, 401);
    assert_eq!(latchkey.send(&post(&public_origin())).await.status, 403);
}

#[tokio::test]
async fn on_localhost_the_cookie_has_no_prefix() {
    let latchkey = Latchkey::start_with(&[("PUBLIC_ORIGIN", "http://127.0.0.1:9000")]).await;
    let mut client = Client::program();
    let response = client.post(&latchkey, "/signup", &account("ada1")).await;
    assert!(response.cookies[0].starts_with("latchkey-session="), "{response:?}");
    assert!(response.cookies[0].ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600"));
    assert_eq!(client.get(&latchkey, "/profile").await.status, 200);
}
