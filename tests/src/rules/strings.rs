//! Strings that have broken other software, in every part of a request: over 100,000 requests.
//!
//! The strings are the Big List of Naughty Strings and the table of identifiers. Every response is documented, and
//! escapes the string. Only accepted sign-ups and logins write anything. An accepted string logs in again.

mod accounts;
mod requests;

use std::collections::BTreeSet;

use latchkey::account::{Email, Identifier, Username, display_name};
use latchkey::config::Environment;
use latchkey::password::{Password, SiteWords};
use serde_json::{Value, json};

use crate::edge::guard::assert_safe_headers;
use crate::harness::client::form;
use crate::harness::latchkey::environment;
use crate::harness::{Event, Latchkey, Response};
use crate::pages::states::every_state;
use crate::rules::identifiers::IDENTIFIERS;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const HTML: &str = "text/html";

/// The encoding of a body, and the format of the response.
#[derive(Clone, Copy)]
struct Format {
    content_type: &'static str,
    accept: &'static str,
}

impl Format {
    const fn new(content_type: &'static str, accept: &'static str) -> Self {
        Self { content_type, accept }
    }
}

const FORMATS: [Format; 4] =
    [Format::new(JSON, JSON), Format::new(JSON, HTML), Format::new(FORM, JSON), Format::new(FORM, HTML)];

fn strings() -> Vec<&'static str> {
    naughty_strings::BLNS.iter().copied().chain(IDENTIFIERS.iter().map(|(text, ..)| *text)).collect()
}

/// The tags and attributes of a page, as `tag` and `tag attribute`.
fn elements(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in page.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {page}"));
        assert!(!text.contains(['>', '"']), "not escaped: {page}");
        // The text between quotes is a value. The rest are names.
        let names: String = tag.split('"').step_by(2).collect();
        let mut names = names.split([' ', '=', '\n']).filter(|name| !name.is_empty());
        let tag = names.next().unwrap_or_default().to_owned();
        found.extend(names.map(|name| format!("{tag} {name}")));
        found.insert(tag);
    }
    found
}

/// The tags and attributes of pages without hostile input. No page may have others.
async fn elements_of_harmless_pages() -> BTreeSet<String> {
    every_state(&[]).await.iter().flat_map(|(_, page)| elements(&page.body)).collect()
}

/// A client that sends hostile strings, and checks every response.
struct Hostile {
    latchkey: Latchkey,
    elements: BTreeSet<String>,
    sent: u32,
}

impl Hostile {
    async fn start() -> Self {
        // Several strings are the same identifier, which gets an attempt for each.
        let latchkey = Latchkey::start_with(&[("LOGIN_FREE_FAILURES", "100")]).await;
        Self { latchkey, elements: elements_of_harmless_pages().await, sent: 0 }
    }

    /// Sends a request with `text` in some part of it, each from another network.
    async fn send(&mut self, event: Event, text: &str) -> Response {
        self.sent += 1;
        let [_, a, b, c] = self.sent.to_be_bytes();
        let event = event.with("/requestContext/http/sourceIp", json!(format!("1{a}.{b}.{c}.7")));
        let response = self.latchkey.send(&event).await;
        let what = format!("{event:?}: {response:?}");
        assert!((200..500).contains(&response.status), "{what}");
        assert_safe_headers(&response, &what);
        match response.header("content-type") {
            Some("application/problem+json") => {
                assert!(response.status >= 400 && !response.code().is_empty());
            }
            Some("application/json") => {
                assert!(response.status < 300 && response.json().is_object(), "{what}");
            }
            Some("text/html; charset=utf-8") => {
                assert!(elements(&response.body).is_subset(&self.elements), "{what}");
                let is_markup = text.len() > 4 && text.contains(['<', '>', '"', '\'']);
                assert!(!is_markup || !response.body.contains(text), "{what}");
            }
            None => assert!(response.body.is_empty(), "{what}"),
            _ => panic!("{what}"),
        }
        let calls = self.latchkey.database.take_calls();
        let writes = calls.iter().filter(|call| {
            let tables = ["UsersTable", "CredentialsTable", "SessionsTable"];
            let request = call.request.to_string();
            !call.operation.contains("GetItem") && tables.iter().any(|table| request.contains(table))
        });
        // A refused transaction has written nothing.
        assert!(response.status < 400 || response.status == 409 || writes.count() == 0, "{what}: {calls:?}");
        response
    }

    async fn post(&mut self, path: &str, fields: &Value, format: Format, text: &str) -> Response {
        self.send(post(path, fields, format), text).await
    }
}

fn post(path: &str, fields: &Value, format: Format) -> Event {
    let Format { content_type, accept } = format;
    let body = if content_type == JSON { fields.to_string() } else { form(fields) };
    let event = Event::new("POST", path).header("sec-fetch-site", "same-origin").header("accept", accept);
    event.body(content_type, &body)
}

/// Whether the rules of a field accept a text.
fn is_valid(path: &str, field: &str, text: &str) -> bool {
    match (path, field) {
        ("/login", "password") => Password::parse(text).is_ok(),
        ("/login", _) => Identifier::parse(text).is_ok(),
        (_, "username") => Username::parse(text).is_ok(),
        (_, "email") => Email::parse(text).is_ok(),
        (_, "name") => display_name::parse(text).is_ok(),
        _ => {
            let environment = Environment::new(environment("signup", "http://127.0.0.1:1"));
            let site = SiteWords::from_environment(&environment);
            let password = Password::parse_new(text, 8);
            password.is_ok_and(|password| password.differs_from(&site, None, None).is_ok())
        }
    }
}

/// The fields that the rules refuse.
fn invalid(path: &str, fields: &Value) -> BTreeSet<String> {
    let fields = fields.as_object().expect("fields").iter();
    let invalid = fields.filter(|(field, value)| !is_valid(path, field, value.as_str().expect("a text")));
    // A blank alias counts as missing, and then the identifier is.
    let named = |field: &str, value: &Value| {
        let parsed = Identifier::parse(value.as_str().expect("a text"));
        let is_blank = parsed.is_err_and(|error| error.code == "required");
        let is_alias = path == "/login" && field != "password";
        if is_alias && is_blank { "identifier".to_owned() } else { field.to_owned() }
    };
    invalid.map(|(field, value)| named(field, value)).collect()
}
