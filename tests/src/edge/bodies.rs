//! Bad bodies: each is refused with its own status and code, and changes nothing.

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::harness::client::account;
use crate::harness::{Client, Event, Latchkey};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// A sign-up as a form.
const SIGN_UP: &str = "username=ada1&email=ada1%40example.com&password=correct+horse+battery";

/// The events of bad bodies, and what is wrong with each.
type Cases = Vec<(&'static str, Event)>;

fn post(content_type: &str, body: &str) -> Event {
    Event::new("POST", "/signup").header("sec-fetch-site", "same-origin").body(content_type, body)
}

fn post_base64(content_type: &str, body: &[u8]) -> Event {
    post(content_type, &BASE64.encode(body)).with("/isBase64Encoded", json!(true))
}

/// A sign-up as JSON.
fn good() -> String {
    account("ada1").to_string()
}

/// The same with another value of a field.
fn with(name: &str, value: Value) -> String {
    let mut fields = account("ada1");
    fields[name] = value;
    fields.to_string()
}

fn malformed() -> Cases {
    let good = good();
    let json = |body: &str| post(JSON, body);
    let padded = (0..3).map(|spaces| BASE64.encode(format!("{good}{:spaces$}", "").as_bytes()));
    let padded = padded.into_iter().find(|text| text.ends_with('=')).unwrap();
    let unpadded = padded.trim_end_matches('=');
    vec![
        ("an empty body", json("")),
        ("no body", json("").without("/body")),
        ("null body", json("").with("/body", json!(null))),
        ("an array", json(r#"["ada1","ada1@example.com","correct horse battery",null]"#)),
        ("a string", json("\"x\"")),
        ("a number", json("5")),
        ("null", json("null")),
        ("half an object", json(&good[..20])),
        ("two objects", json(&format!("{good}{good}"))),
        ("a duplicate key", json(&good.replacen('{', "{\"username\":\"eve1\",", 1))),
        ("an escaped duplicate key", json(&good.replacen('{', "{\"user\\u006eame\":\"eve1\",", 1))),
        ("a raw NUL", json(&good.replacen("ada1", "ada\u{0}", 1))),
        ("a lone surrogate", json(&good.replacen("ada1", "ada\\ud800", 1))),
        ("a byte order mark", json(&format!("\u{feff}{good}"))),
        ("a comment", json(&format!("/**/{good}"))),
        ("deep nesting", json(&format!("{{\"username\":{}", "[".repeat(8_000)))),
        ("bad base64", json("***").with("/isBase64Encoded", json!(true))),
        ("base64 without padding", json(unpadded).with("/isBase64Encoded", json!(true))),
        ("bad UTF-8", post_base64(JSON, b"{\"username\":\"\xff\xfe\"}")),
        ("a form with bad UTF-8", post(FORM, "username=%ff")),
        ("a form with a duplicate", post(FORM, &format!("{SIGN_UP}&username=eve1"))),
        ("a form with the JSON type", json(SIGN_UP)),
        ("JSON with the form type", post(FORM, &good)),
        (
            "seventeen fields",
            post(FORM, &(0..17).map(|number| format!("{number}=x")).collect::<Vec<_>>().join("&")),
        ),
        ("a name of 65 bytes", json(&format!("{{\"{}\":1}}", "n".repeat(65)))),
    ]
}

fn invalid() -> Cases {
    vec![
        ("a wrong type", post(JSON, &with("username", json!(5)))),
        ("an object for a string", post(JSON, &with("password", json!({ "$ne": "" })))),
        ("an unknown field", post(JSON, &with("nick", json!("x")))),
        ("a role", post(JSON, &with("role", json!("admin")))),
        ("an escaped NUL", post(JSON, &with("username", json!("ada\u{0}")))),
        ("an empty object", post(JSON, "{}")),
        ("an empty form", post(FORM, "")),
    ]
}

fn too_large() -> Cases {
    vec![
        ("a body of 9 KiB", post(JSON, &with("name", json!("x".repeat(9 * 1024))))),
        ("8 KiB and a byte", post(JSON, &format!("{:8193}", "{}"))),
        ("8 KiB and a byte in base64", post_base64(JSON, format!("{:8193}", "{}").as_bytes())),
    ]
}

fn unsupported() -> Cases {
    let good = good();
    vec![
        ("no type", post(JSON, &good).without("/headers/content-type")),
        ("text", post("text/plain", &good)),
        ("multipart", post("multipart/form-data; boundary=x", &good)),
        ("another charset", post("application/json; charset=utf-16", &good)),
        ("another charset in a form", post("application/x-www-form-urlencoded; charset=utf-16", SIGN_UP)),
        ("another charset, without a word about the origin", {
            post("application/json; charset=utf-16", &good).without("/headers/sec-fetch-site")
        }),
        ("a type that begins like JSON", post("application/jsonp", &good).without("/headers/sec-fetch-site")),
        ("two types", post("application/json, application/json", &good)),
        ("a large body of a wrong type", post("text/plain", &"x".repeat(9 * 1024))),
    ]
}

#[tokio::test]
async fn a_bad_body_has_its_own_status_and_code_and_changes_nothing() {
    let latchkey = Latchkey::start().await;
    for (cases, status, code) in [
        (malformed(), 400, "malformed_body"),
        (invalid(), 422, "invalid_input"),
        (too_large(), 413, "payload_too_large"),
        (unsupported(), 415, "unsupported_media_type"),
    ] {
        for (name, event) in cases {
            let response = latchkey.send(&event).await;
            assert_eq!((response.status, response.code().as_str()), (status, code), "{name}: {response:?}");
            let page = latchkey.send(&event.header("accept", "text/html")).await;
            assert_eq!(page.status, status, "{name}");
            assert!(page.body.starts_with("<!doctype html>"), "{name}: a browser never gets JSON");
        }
    }
    assert_eq!(latchkey.database.counts(), (0, 0, 0));
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_good_body_is_read_in_every_encoding() {
    let latchkey = Latchkey::start().await;
    let form =
        |name: &str| format!("username={name}&email={name}%40example.com&password=correct+horse+battery");
    for event in [
        post(JSON, &account("ada1").to_string()),
        post("application/json; charset=utf8; version=1", &account("ada2").to_string()),
        post_base64(JSON, account("ada3").to_string().as_bytes()),
        post(FORM, &form("ada4")),
        post_base64("application/x-www-form-urlencoded; charset=UTF-8", form("ada5").as_bytes()),
        post(JSON, &format!("{:8192}", account("ada6").to_string())),
        post(FORM, &format!("{}&remember=1&submit=Sign+up&password_confirmation=x", form("ada7"))),
    ] {
        let response = latchkey.send(&event).await;
        assert_eq!(response.status, 201, "{response:?}");
        let content_type = response.header("content-type");
        assert_eq!(content_type, Some("application/json"), "the Accept header decides, for forms too");
    }
}

#[tokio::test]
async fn a_secret_in_the_query_is_not_read() {
    let latchkey = Latchkey::start().await;
    let query = json!("username=ada1&email=a@b.cd&password=correct+horse");
    assert_eq!(latchkey.send(&post(FORM, "").with("/rawQueryString", query)).await.status, 422);
    let client = Client::signed_up(&latchkey, "ada1").await;
    let query = json!(format!("session={}", client.token()));
    let event = Event::new("GET", "/profile").with("/rawQueryString", query);
    assert_eq!(latchkey.send(&event).await.status, 401);
}
