//! Requests from other sites, and the public origin.

use crate::edge::guard::paths;
use crate::harness::client::account;
use crate::harness::event::DOMAIN;
use crate::harness::log_entries::LogEntries;
use crate::harness::{Client, Event, Latchkey};

/// What the headers of a request say about its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// A page of this site.
    Own,
    /// A page of another site.
    Other,
    /// Nothing.
    Unknown,
}

const FETCH_SITES: [(Option<&str>, Sender); 7] = [
    (None, Sender::Unknown),
    (Some("same-origin"), Sender::Own),
    (Some("none"), Sender::Own),
    (Some("same-site"), Sender::Other),
    (Some("cross-site"), Sender::Other),
    (Some("Same-Origin"), Sender::Other),
    (Some(""), Sender::Other),
];

/// The public origin of the deployment.
pub fn public_origin() -> String {
    format!("https://{DOMAIN}")
}

/// Values of `Origin`. A missing one leaves the decision to the next header, and none of the others does.
fn origins() -> [(Option<String>, Sender); 10] {
    [
        (None, Sender::Unknown),
        (Some(public_origin()), Sender::Own),
        (Some("null".to_owned()), Sender::Unknown),
        (Some("https://evil.example".to_owned()), Sender::Other),
        (Some(format!("https://{DOMAIN}.evil.example")), Sender::Other),
        (Some(format!("https://sub.{DOMAIN}")), Sender::Other),
        (Some(format!("https://{DOMAIN}@evil.example")), Sender::Other),
        (Some(format!("http://{DOMAIN}")), Sender::Other),
        (Some(format!("https://{DOMAIN}:8443")), Sender::Other),
        (Some(String::new()), Sender::Other),
    ]
}

/// Values of `Referer`. One that is not the URL of a page counts as missing.
fn referers() -> [(Option<String>, Sender); 14] {
    [
        (None, Sender::Unknown),
        (Some(format!("https://{DOMAIN}/login")), Sender::Own),
        (Some(format!("https://{DOMAIN}:443/?a=b#c")), Sender::Own),
        (Some(format!("https://user:password@{DOMAIN}/")), Sender::Own),
        (Some(format!("HTTPS://{}", DOMAIN.to_uppercase())), Sender::Own),
        (Some("https://evil.example/login".to_owned()), Sender::Other),
        (Some(format!("https://{DOMAIN}.evil.example/")), Sender::Other),
        (Some(format!("https://evil.example/{DOMAIN}")), Sender::Other),
        (Some(format!("https://{DOMAIN}@evil.example/")), Sender::Other),
        (Some(format!("http://{DOMAIN}/login")), Sender::Other),
        (Some(format!("https://{DOMAIN}:8443/login")), Sender::Other),
        (Some("about:blank".to_owned()), Sender::Unknown),
        (Some("/login".to_owned()), Sender::Unknown),
        (Some(String::new()), Sender::Unknown),
    ]
}

/// Types of a body, and whether another site can make a browser send it only after a preflight.
const TYPES: [(&str, bool); 9] = [
    ("application/json", true),
    ("application/json; charset=utf-16", true),
    ("application/jsonp", true),
    ("application/x-www-form-urlencoded", false),
    ("application/x-www-form-urlencoded; application/json", false),
    ("text/plain", false),
    ("multipart/form-data", false),
    ("text/plain; application/json", false),
    ("", false),
];

/// The headers by which Latchkey judges the sender of a request.
#[derive(Debug)]
struct Headers {
    fetch_site: Option<&'static str>,
    origin: Option<String>,
    referer: Option<String>,
    content_type: &'static str,
    accept: &'static str,
    /// What they say. `None` if a request without a body of this type is JSON, which says enough.
    sender: Option<Sender>,
}

impl Headers {
    /// Every combination of the headers that matters: one that decides is combined with few others.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (fetch_site, by_site) in FETCH_SITES {
            for (origin, by_origin) in origins() {
                for (referer, by_referer) in referers() {
                    for (content_type, needs_preflight) in TYPES {
                        for accept in ["*/*", "text/html"] {
                            let sender = match (fetch_site, &origin) {
                                (Some(_), _) => by_site,
                                (None, Some(_)) => by_origin,
                                (None, None) => by_referer,
                            };
                            let says_nothing =
                                fetch_site.is_none() && origin.is_none() && sender == Sender::Unknown;
                            let sender = (!says_nothing || !needs_preflight).then_some(sender);
                            let (origin, referer) = (origin.clone(), referer.clone());
                            all.push(Self { fetch_site, origin, referer, content_type, accept, sender });
                        }
                    }
                }
            }
        }
        all
    }

    fn event(&self, method: &str, path: &str) -> Event {
        let event = Event::new(method, path).body(self.content_type, "{}").header("accept", self.accept);
        // Without this cookie, `/token` accepts requests from everywhere.
        let event = event.cookies(["__Host-session=x".to_owned()]);
        let headers = [
            ("sec-fetch-site", self.fetch_site),
            ("origin", self.origin.as_deref()),
            ("referer", self.referer.as_deref()),
        ];
        let sent = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
        sent.fold(event, |event, (name, value)| event.header(name, value))
    }

    /// The code of the refusal, and a part of its page. `None` if there is none.
    fn refusal(&self) -> Option<(&'static str, &'static str)> {
        match self.sender {
            None | Some(Sender::Own) => None,
            Some(Sender::Other) => Some(("cross_origin", "This was sent by another site")),
            Some(Sender::Unknown) => Some(("unknown_origin", "did not say which page this came from")),
        }
    }
}

#[tokio::test]
async fn every_route_but_get_refuses_requests_that_another_site_may_have_sent() {
    let latchkey = Latchkey::start().await;
    let headers = Headers::all();
    let mut checked = 0;
    for (path, methods) in paths() {
        let function = crate::functions::Functions::with_path(&path).expect("a function");
        for method in methods.iter().filter(|method| *method != "GET") {
            for headers in &headers {
                let response = latchkey.send_to(function, headers.event(method, &path).json()).await;
                let what = format!("{method} {path} {headers:?}: {response:?}");
                let Some((code, words)) = headers.refusal() else {
                    assert_ne!(response.status, 403, "{what}");
                    continue;
                };
                assert!(response.status == 403 && response.cookies.is_empty(), "{what}");
                if response.header("content-type").is_some_and(|kind| kind.ends_with("json")) {
                    assert_eq!(response.code(), code, "{what}");
                } else {
                    assert!(response.body.contains(words), "{what}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 3 * 10_000, "{checked}");
    assert_eq!(latchkey.database.counts(), (0, 0, 0));
}

#[tokio::test]
async fn the_log_names_the_expected_and_the_received_origin() {
    let latchkey = Latchkey::start_with(&[("PUBLIC_ORIGIN", "https://auth.example.com")]).await;
    let log = LogEntries::collect();
    let lengthy = format!("https://{}.example/", ["a".repeat(60), "b".repeat(60), "c".repeat(60)].join("."));
    for (name, value, received) in [
        ("origin", "https://dev.example.test:9411", "https://dev.example.test:9411"),
        ("referer", "http://other.example/path?secret=1#x", "http://other.example"),
        ("origin", "https://other.example/\u{1b}[31m?secret", "https://other.example"),
        ("origin", "not an origin\u{0}\n", "none"),
        ("sec-fetch-site", "cross-site", "none"),
        ("referer", &lengthy, &lengthy[..100]),
    ] {
        let response = latchkey.send(&Event::new("POST", "/logout").header(name, value)).await;
        assert_eq!((response.status, response.code().as_str()), (403, "cross_origin"), "{value:?}");
        let entries = log.take();
        let [refused, request] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((&request["code"], &refused["level"]), (&"cross_origin".into(), &"WARN".into()));
        assert_eq!(refused["expected"], "https://auth.example.com");
        assert_eq!(refused["received"], received, "{value:?}");
        assert_eq!(refused["request_id"], request["request_id"]);
    }
    latchkey.send(&Event::new("POST", "/login")).await;
    assert_eq!(log.take().len(), 1, "a program that says nothing is not a sign of a wrong PUBLIC_ORIGIN");
}

#[tokio::test]
async fn a_configured_origin_replaces_that_of_the_gateway() {
    let latchkey = Latchkey::start_with(&[("PUBLIC_ORIGIN", "https://auth.example.com")]).await;
    let post = |origin: &str| Event::new("POST", "/logout").header("origin", origin);
    assert_eq!(latchkey.send(&post("https://auth.example.com")).await.status, 401);
    assert_eq!(latchkey.send(&post(&public_origin())).await.status, 403);
}

#[tokio::test]
async fn local_stacks_share_a_host_without_logging_each_other_out() {
    let start = async |port: u16| {
        Latchkey::start_with(&[("PUBLIC_ORIGIN", &format!("http://127.0.0.1:{port}"))]).await
    };
    let (first, second) = (start(9000).await, start(9421).await);
    // Cookies know no ports, so both stacks get all cookies of the browser.
    let mut client = Client::program();
    for (latchkey, port) in [(&first, 9000), (&second, 9421)] {
        let response = client.post(latchkey, "/signup", &account("ada1")).await;
        let cookie = &response.cookies[0];
        assert!(cookie.starts_with(&format!("latchkey-{port}-session=")), "{response:?}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600"));
        assert_eq!(response.header("strict-transport-security"), None, "it is plain HTTP");
    }
    assert_eq!(client.post(&second, "/logout", &serde_json::json!({})).await.status, 204);
    assert_eq!(client.get(&second, "/profile").await.status, 401);
    assert_eq!(client.get(&first, "/profile").await.status, 200);
}
