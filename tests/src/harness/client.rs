//! Clients: a program that sends JSON, and a browser that submits forms. Both keep cookies.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::harness::{Event, Latchkey, Response};

/// The `Accept` header of Chromium for a page.
const BROWSER_ACCEPT: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

/// The password of the users in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// A client with its cookies.
#[derive(Debug, Clone)]
pub struct Client {
    pub cookies: BTreeMap<String, String>,
    /// Every new client has another address.
    address: String,
    is_browser: bool,
}

/// An address that no other client in this process has.
fn new_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    Ipv4Addr::from_bits(0x0a00_0000 + NEXT.fetch_add(1, Ordering::Relaxed)).to_string()
}

impl Client {
    /// A program.
    pub fn program() -> Self {
        Self { cookies: BTreeMap::new(), address: new_address(), is_browser: false }
    }

    /// A browser.
    pub fn browser() -> Self {
        Self { is_browser: true, ..Self::program() }
    }

    /// The same client as a browser.
    pub fn in_a_browser(self) -> Self {
        Self { is_browser: true, ..self }
    }

    /// The same client at another address.
    pub fn at(self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self }
    }

    /// The same client at a new address.
    pub fn moved(&self) -> Self {
        Self { address: new_address(), ..self.clone() }
    }

    /// Another client at the same address.
    pub fn neighbour(&self) -> Self {
        Self::program().at(&self.address)
    }

    /// A program that has signed a user up.
    pub async fn signed_up(latchkey: &Latchkey, username: &str) -> Self {
        let mut client = Self::program();
        let response = client.post(latchkey, "/signup", &account(username)).await;
        assert_eq!(response.status, 201, "{response:?}");
        client
    }

    /// Its cookies, each as a name and a value.
    pub fn cookie_pairs(&self) -> Vec<String> {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// The value of its header `Cookie`.
    pub fn cookie_header(&self) -> String {
        self.cookie_pairs().join("; ")
    }

    /// The event of a request of this client.
    pub fn event(&self, method: &str, path: &str) -> Event {
        let event = Event::new(method, path)
            .with("/requestContext/http/sourceIp", json!(self.address))
            .cookies(self.cookie_pairs());
        if self.is_browser {
            event.header("accept", BROWSER_ACCEPT).header("sec-fetch-site", "same-origin")
        } else {
            event.header("accept", "*/*")
        }
    }

    /// GET.
    pub async fn get(&mut self, latchkey: &Latchkey, path: &str) -> Response {
        self.send(latchkey, &self.event("GET", path)).await
    }

    /// POST: a browser submits the fields as a form, a program as JSON.
    pub async fn post(&mut self, latchkey: &Latchkey, path: &str, fields: &Value) -> Response {
        let event = self.event("POST", path);
        let event = if self.is_browser {
            event.body("application/x-www-form-urlencoded", &form(fields))
        } else {
            event.body("application/json", &fields.to_string())
        };
        self.send(latchkey, &event).await
    }

    /// Sends an event and keeps the cookies of the response.
    pub async fn send(&mut self, latchkey: &Latchkey, event: &Event) -> Response {
        let response = latchkey.send(event).await;
        for cookie in &response.cookies {
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            // A cookie of one second expires before the next request.
            if rest.ends_with("Max-Age=0") || rest.ends_with("Max-Age=1") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    /// The token in the session cookie.
    pub fn token(&self) -> &str {
        self.cookies.get("__Host-session").expect("a session cookie")
    }

    /// A program with this session token.
    pub fn with_token(token: &str) -> Self {
        let cookies = BTreeMap::from([("__Host-session".to_owned(), token.to_owned())]);
        Self { cookies, ..Self::program() }
    }

    /// Whether the client can read a profile.
    pub async fn is_signed_in(&self, latchkey: &Latchkey) -> bool {
        let response =
            latchkey.send(&Self { is_browser: false, ..self.clone() }.event("GET", "/profile")).await;
        match response.status {
            200 => true,
            401 => false,
            _ => panic!("{response:?}"),
        }
    }
}

/// The fields of a sign-up.
pub fn account(username: &str) -> Value {
    json!({ "username": username, "email": format!("{username}@example.com"), "password": PASSWORD })
}

/// The fields of a login.
pub fn credentials(identifier: &str) -> Value {
    json!({ "identifier": identifier, "password": PASSWORD })
}

/// The body of a form.
pub fn form(fields: &Value) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let pairs = fields.as_object().expect("fields").iter();
    let pairs =
        pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value.as_str().expect("a string"))));
    pairs.collect::<Vec<_>>().join("&")
}
