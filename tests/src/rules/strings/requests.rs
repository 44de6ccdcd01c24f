//! Hostile strings in bodies, headers, cookies, methods and paths.

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::harness::Event;
use crate::rules::strings::{FORM, FORMATS, Format, HTML, Hostile, JSON, invalid, strings};

const ROUTES: [(&str, &str); 7] = [
    ("GET", "/"),
    ("GET", "/signup"),
    ("POST", "/signup"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("GET", "/profile"),
];

const HEADERS: [&str; 7] =
    ["accept", "content-type", "origin", "sec-fetch-site", "cookie", "user-agent", "host"];

/// Requests with a text in one or two fields. Another field of each is missing or invalid, so each is refused.
fn incomplete(text: &str) -> [(&'static str, Value); 7] {
    [
        ("/signup", json!({ "username": "x", "email": text, "password": "x" })),
        ("/signup", json!({ "username": text, "email": "", "name": text, "password": "x" })),
        ("/login", json!({ "identifier": text, "password": "" })),
        ("/login", json!({ "username": text, "password": "" })),
        ("/login", json!({ "email": text, "password": "" })),
        ("/login", json!({ "identifier": "", "password": text })),
        ("/signup", json!({ "username": "x", "email": "", "password": text })),
    ]
}

#[tokio::test]
async fn every_field_has_the_same_rules_in_both_encodings() {
    let mut hostile = Hostile::start().await;
    let strings = strings();
    for (string, next) in strings.iter().zip(strings.iter().cycle().skip(1)) {
        let wrapped = BASE64.encode(string.as_bytes());
        for text in [(*string).to_owned(), format!("ada{string}1"), format!("{string}{next}"), wrapped] {
            let requests = incomplete(&text);
            let count = if text == *string { requests.len() } else { 3 };
            for (path, fields) in requests.into_iter().take(count) {
                for format in FORMATS {
                    let response = hostile.post(path, &fields, format, &text).await;
                    assert!([413, 422].contains(&response.status), "{response:?}");
                    if (response.status, format.accept) == (422, JSON) {
                        let wrong = response.field_errors().into_iter().map(|(field, _)| field).collect();
                        assert_eq!(invalid(path, &fields), wrong, "{fields}");
                    }
                }
            }
            for path in ["/signup", "/login"] {
                let body = BASE64.encode(json!({ &text: [&text] }).to_string().as_bytes());
                let event = Event::new("POST", path).header("sec-fetch-site", "none").body(JSON, &body);
                let response = hostile.send(event.with("/isBase64Encoded", json!(true)), &text).await;
                let code = if text.len() > 64 { "malformed_body" } else { "invalid_input" };
                assert_eq!(response.code(), code, "a name may have 64 bytes");
            }
        }
    }
    assert_eq!(hostile.latchkey.database.counts(), (0, 0, 0));
    assert!(hostile.sent >= 45_000, "{}", hostile.sent);
}

#[tokio::test]
async fn no_header_field_name_or_path_breaks_a_route() {
    let mut hostile = Hostile::start().await;
    for text in strings() {
        for (method, path) in ROUTES {
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
        let form = Format::new(FORM, HTML);
        for (path, format) in [("/signup", Format::new(JSON, JSON)), ("/login", form), ("/signup", form)] {
            let response = hostile.post(path, &json!({ text: text }), format, text).await;
            assert_eq!(response.status, if text.len() > 64 { 400 } else { 422 }, "{response:?}");
        }
    }
    assert_eq!(hostile.latchkey.database.counts(), (0, 0, 0));
    assert!(hostile.sent >= 50_000, "{}", hostile.sent);
}
