//! Strings that broke something somewhere, through everything that a request can carry: over 100,000 requests.
//!
//! They are the Big List of Naughty Strings and our table of identifiers. Whatever comes back is a documented
//! response that holds what was sent only escaped, nothing is written but accounts that were accepted, and what
//! was accepted logs in again.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use latchkey::account::{Email, Identifier, Username, display_name};
use latchkey::password::Password;
use serde_json::{Value, json};

use crate::edge::guard::assert_safe_headers;
use crate::harness::client::{PASSWORD, form};
use crate::harness::{Event, Latchkey, Response};
use crate::pages::states::every_state;
use crate::rules::identifiers::IDENTIFIERS;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const HTML: &str = "text/html";
/// Both encodings of a body with both forms of an response: type and `Accept`.
const COMBINATIONS: [(&str, &str); 4] = [(JSON, JSON), (JSON, HTML), (FORM, JSON), (FORM, HTML)];

fn strings() -> Vec<&'static str> {
    naughty_strings::BLNS.iter().copied().chain(IDENTIFIERS.iter().map(|(text, ..)| *text)).collect()
}

/// The tags and attributes of a page, as `tag` and `tag attribute`.
fn elements(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in page.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {page}"));
        assert!(!text.contains(['>', '"']), "not escaped: {page}");
        // What stands between the quotes is text; what is left are the names.
        let names: String = tag.split('"').step_by(2).collect();
        let mut names = names.split([' ', '=', '\n']).filter(|name| !name.is_empty());
        let tag = names.next().unwrap_or_default().to_owned();
        found.extend(names.map(|name| format!("{tag} {name}")));
        found.insert(tag);
    }
    found
}

/// What the pages hold when nobody means any harm: no page may hold more.
async fn elements_of_harmless_pages() -> BTreeSet<String> {
    every_state(&[]).await.iter().flat_map(|(_, page)| elements(&page.body)).collect()
}

/// Sends requests and judges every response.
struct Hostile {
    latchkey: Latchkey,
    elements: BTreeSet<String>,
    sent: u32,
}

impl Hostile {
    async fn start() -> Self {
        // Several strings are one identifier, and each of them is tried.
        let latchkey = Latchkey::start_with(&[("LOGIN_FREE_FAILURES", "100")]).await;
        Self { latchkey, elements: elements_of_harmless_pages().await, sent: 0 }
    }

    /// Sends a request that carries `text` somewhere, each from another network.
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
                assert!(response.status >= 400 && !response.code().is_empty())
            }
            Some("application/json") => {
                assert!(response.status < 300 && response.json().is_object(), "{what}")
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

    async fn post(&mut self, path: &str, fields: &Value, combination: (&str, &str), text: &str) -> Response {
        self.send(post(path, fields, combination), text).await
    }
}

fn post(path: &str, fields: &Value, (content_type, accept): (&str, &str)) -> Event {
    let body = if content_type == JSON { fields.to_string() } else { form(fields) };
    let event = Event::new("POST", path).header("sec-fetch-site", "same-origin").header("accept", accept);
    event.body(content_type, &body)
}

/// Whether a route takes a text in a field, as the rules see it.
fn is_valid(path: &str, field: &str, text: &str) -> bool {
    match (path, field) {
        ("/login", "password") => Password::parse(text).is_ok(),
        ("/login", _) => Identifier::parse(text).is_ok(),
        (_, "username") => Username::parse(text).is_ok(),
        (_, "email") => Email::parse(text).is_ok(),
        (_, "name") => display_name::parse(text).is_ok(),
        _ => Password::parse_new(text, 8).is_ok(),
    }
}

/// The fields that are wrong.
fn invalid(path: &str, fields: &Value) -> BTreeSet<String> {
    let fields = fields.as_object().expect("fields").iter();
    let invalid = fields.filter(|(field, value)| !is_valid(path, field, value.as_str().expect("a text")));
    invalid.map(|(field, _)| field.clone()).collect()
}

#[tokio::test]
async fn an_accepted_string_logs_in_again_and_a_refused_one_writes_nothing() {
    let mut hostile = Hostile::start().await;
    let mut accounts = 0;
    for (position, text) in strings().into_iter().enumerate() {
        for field in ["username", "email", "name", "password"] {
            let (content_type, accept) = COMBINATIONS[position % COMBINATIONS.len()];
            let unique = format!("user-{}", hostile.sent);
            let mut fields = json!({
                "username": unique, "email": format!("{unique}@example.com"), "name": "Ada", "password": PASSWORD,
            });
            fields[field] = json!(text);
            let event = post("/signup", &fields, (content_type, accept)).header("user-agent", text);
            let response = hostile.send(event, text).await;
            if !is_valid("/signup", field, text) {
                assert_eq!(response.status, 422, "{field} {text:?}");
                continue;
            }
            if response.status == 409 {
                assert!(["username", "email"].contains(&field), "another spelling was there before");
                continue;
            }
            assert_eq!(response.status, if accept == HTML { 303 } else { 201 }, "{response:?}");
            accounts += 1;
            let who = if field == "email" { "email" } else { "username" };
            let fields = json!({ who: fields[who], "password": fields["password"] });
            let response = hostile.post("/login", &fields, (content_type, JSON), text).await;
            assert_eq!(response.status, 200, "{fields}");
            if field == "name" {
                let name = Some(text.trim()).filter(|name| !name.is_empty());
                assert_eq!(response.json()["user"]["name"], json!(name));
            }
        }
    }
    assert!(accounts >= 1_000, "{accounts}");
    assert_eq!(hostile.latchkey.database.counts(), (accounts, 2 * accounts, 2 * accounts));
    assert!(hostile.sent >= 3_500, "{}", hostile.sent);
}

#[tokio::test]
async fn no_string_logs_in() {
    let mut hostile = Hostile::start().await;
    for (position, text) in strings().into_iter().enumerate() {
        for (turn, field) in ["identifier", "username", "email", "password"].into_iter().enumerate() {
            let mut fields = json!({ "password": PASSWORD });
            fields[if field == "password" { "identifier" } else { field }] =
                json!(format!("user-{}", hostile.sent));
            fields[field] = json!(text);
            let combination = COMBINATIONS[(position + turn) % COMBINATIONS.len()];
            let response = hostile.post("/login", &fields, combination, text).await;
            assert!([401, 422].contains(&response.status), "{response:?}");
        }
    }
    assert_eq!(hostile.latchkey.database.counts(), (0, 0, 0));
    assert!(hostile.sent >= 2_000, "{}", hostile.sent);
}

#[tokio::test]
async fn every_field_has_the_same_rules_in_both_encodings() {
    let mut hostile = Hostile::start().await;
    let strings = strings();
    for (string, next) in strings.iter().zip(strings.iter().cycle().skip(1)) {
        let wrapped = BASE64.encode(string.as_bytes());
        for text in [(*string).to_owned(), format!("ada{string}1"), format!("{string}{next}"), wrapped] {
            // In each of them another field is missing or wrong, so that none is an account or a log-in.
            let requests = [
                ("/signup", json!({ "username": "x", "email": text, "password": "x" })),
                ("/signup", json!({ "username": text, "email": "", "name": text, "password": "x" })),
                ("/login", json!({ "identifier": text, "password": "" })),
                ("/login", json!({ "username": text, "password": "" })),
                ("/login", json!({ "email": text, "password": "" })),
                ("/login", json!({ "identifier": "", "password": text })),
                ("/signup", json!({ "username": "x", "email": "", "password": text })),
            ];
            let count = if text == *string { requests.len() } else { 3 };
            for (path, fields) in requests.into_iter().take(count) {
                for combination in COMBINATIONS {
                    let response = hostile.post(path, &fields, combination, &text).await;
                    assert!([413, 422].contains(&response.status), "{response:?}");
                    if (response.status, combination.1) == (422, JSON) {
                        let wrong = response.field_errors().into_iter().map(|(field, _)| field).collect();
                        assert_eq!(invalid(path, &fields), wrong, "{fields}");
                    }
                }
            }
            for path in ["/signup", "/login"] {
                let body = BASE64.encode(json!({ &text: [&text] }).to_string().as_bytes());
                let event = Event::new("POST", path).header("sec-fetch-site", "none").body(JSON, &body);
                let response = hostile.send(event.with("/isBase64Encoded", json!(true)), &text).await;
                assert_eq!(response.code(), "invalid_input");
            }
        }
    }
    assert_eq!(hostile.latchkey.database.counts(), (0, 0, 0));
    assert!(hostile.sent >= 45_000, "{}", hostile.sent);
}

#[tokio::test]
async fn no_header_field_name_or_path_breaks_a_route() {
    const HEADERS: [&str; 7] =
        ["accept", "content-type", "origin", "sec-fetch-site", "cookie", "user-agent", "host"];
    let mut hostile = Hostile::start().await;
    for text in strings() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/signup"),
            ("POST", "/signup"),
            ("GET", "/login"),
            ("POST", "/login"),
            ("POST", "/logout"),
            ("GET", "/profile"),
        ] {
            for header in HEADERS {
                let event = Event::new(method, path).body(JSON, "{}").header(header, text);
                hostile.send(event, text).await;
            }
            let cookie = format!("__Host-session={text}; {text}=__Host-session");
            let response = hostile.send(Event::new(method, path).cookies([cookie]), text).await;
            assert!(path != "/profile" || response.status == 401, "{response:?}");
            for path in [format!("{path}{text}"), text.to_owned()] {
                let known = ["/", "/signup", "/login", "/logout", "/profile"].contains(&path.as_str());
                let response = hostile.send(Event::new(method, &path).header("accept", HTML), text).await;
                assert!(known || response.status == 404, "{response:?}");
            }
            hostile.send(Event::new(text, path), text).await;
        }
        for (path, combination) in
            [("/signup", (JSON, JSON)), ("/login", (FORM, HTML)), ("/signup", (FORM, HTML))]
        {
            let response = hostile.post(path, &json!({ text: text }), combination, text).await;
            assert_eq!(response.status, 422, "{response:?}");
        }
    }
    assert_eq!(hostile.latchkey.database.counts(), (0, 0, 0));
    assert!(hostile.sent >= 50_000, "{}", hostile.sent);
}
