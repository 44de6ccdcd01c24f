//! Bodies that are not what they should be: each is refused with its own status and code, and changes nothing.

use data_encoding::BASE64;
use serde_json::json;

use crate::harness::client::account;
use crate::harness::{Client, Event, Latchkey};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn post(content_type: &str, body: &str) -> Event {
    Event::new("POST", "/signup").header("sec-fetch-site", "same-origin").body(content_type, body)
}

#[tokio::test]
async fn a_bad_body_has_its_own_status_and_code_and_changes_nothing() {
    let latchkey = Latchkey::start().await;
    let good = account("ada1").to_string();
    let form = "username=ada1&email=ada1%40example.com&password=correct+horse+battery";
    let with = |name: &str, value: serde_json::Value| {
        let mut fields = account("ada1");
        fields[name] = value;
        fields.to_string()
    };
    let base64 = |body: &[u8]| post(JSON, &BASE64.encode(body)).with("/isBase64Encoded", json!(true));
    let padded = (0..3).map(|spaces| BASE64.encode(format!("{good}{:spaces$}", "").as_bytes()));
    let padded = padded.into_iter().find(|text| text.ends_with('=')).unwrap();
    let unpadded = padded.trim_end_matches('=');
    let malformed = (400, "malformed_body");
    let invalid = (422, "invalid_input");
    let unsupported = (415, "unsupported_media_type");
    let too_large = (413, "payload_too_large");
    for (name, event, (status, code)) in [
        ("no body", post(JSON, ""), malformed),
        ("no body at all", post(JSON, "").without("/body"), malformed),
        ("null body", post(JSON, "").with("/body", json!(null)), malformed),
        ("an array", post(JSON, r#"["ada1","ada1@example.com","correct horse battery",null]"#), malformed),
        ("a string", post(JSON, "\"x\""), malformed),
        ("a number", post(JSON, "5"), malformed),
        ("null", post(JSON, "null"), malformed),
        ("half an object", post(JSON, &good[..20]), malformed),
        ("two objects", post(JSON, &format!("{good}{good}")), malformed),
        ("a duplicate key", post(JSON, &good.replacen('{', "{\"username\":\"eve1\",", 1)), malformed),
        (
            "an escaped duplicate key",
            post(JSON, &good.replacen('{', "{\"user\\u006eame\":\"eve1\",", 1)),
            malformed,
        ),
        ("a raw NUL", post(JSON, &good.replacen("ada1", "ada\u{0}", 1)), malformed),
        ("a lone surrogate", post(JSON, &good.replacen("ada1", "ada\\ud800", 1)), malformed),
        ("a byte order mark", post(JSON, &format!("\u{feff}{good}")), malformed),
        ("a comment", post(JSON, &format!("/**/{good}")), malformed),
        ("deep nesting", post(JSON, &format!("{{\"username\":{}", "[".repeat(8_000))), malformed),
        ("bad base64", post(JSON, "***").with("/isBase64Encoded", json!(true)), malformed),
        ("base64 without padding", post(JSON, unpadded).with("/isBase64Encoded", json!(true)), malformed),
        ("bad UTF-8", base64(b"{\"username\":\"\xff\xfe\"}"), malformed),
        ("a form with bad UTF-8", post(FORM, "username=%ff"), malformed),
        ("a form with a duplicate", post(FORM, &format!("{form}&username=eve1")), malformed),
        ("a form with the JSON type", post(JSON, form), malformed),
        ("JSON with the form type", post(FORM, &good), invalid),
        ("a wrong type", post(JSON, &with("username", json!(5))), invalid),
        ("an object for a string", post(JSON, &with("password", json!({ "$ne": "" }))), invalid),
        ("an unknown field", post(JSON, &with("nick", json!("x"))), invalid),
        ("a role", post(JSON, &with("role", json!("admin"))), invalid),
        ("an escaped NUL", post(JSON, &with("username", json!("ada\u{0}"))), invalid),
        ("an empty object", post(JSON, "{}"), invalid),
        ("an empty form", post(FORM, ""), invalid),
        ("a body of 9 KiB", post(JSON, &with("name", json!("x".repeat(9 * 1024)))), too_large),
        ("8 KiB and a byte", post(JSON, &format!("{:8193}", "{}")), too_large),
        ("8 KiB and a byte in base64", base64(format!("{:8193}", "{}").as_bytes()), too_large),
        ("no type", post(JSON, &good).without("/headers/content-type"), unsupported),
        ("text", post("text/plain", &good), unsupported),
        ("multipart", post("multipart/form-data; boundary=x", &good), unsupported),
        ("another charset", post("application/json; charset=utf-16", &good), unsupported),
        ("two types", post("application/json, application/json", &good), unsupported),
        ("a large body of a wrong type", post("text/plain", &"x".repeat(9 * 1024)), unsupported),
    ] {
        let response = latchkey.send(&event).await;
        assert_eq!((response.status, response.code().as_str()), (status, code), "{name}: {response:?}");
        let page = latchkey.send(&event.header("accept", "text/html")).await;
        assert_eq!(page.status, status, "{name}");
        assert!(page.body.starts_with("<!doctype html>"), "{name}: a person never sees JSON");
    }
    assert_eq!(latchkey.database.counts(), (0, 0, 0));
    assert_eq!(latchkey.database.take_operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_good_body_is_read_in_every_encoding() {
    let latchkey = Latchkey::start().await;
    let form =
        |name: &str| format!("username={name}&email={name}%40example.com&password=correct+horse+battery");
    let wrapped = |body: &str, content_type: &str| {
        post(content_type, &BASE64.encode(body.as_bytes())).with("/isBase64Encoded", json!(true))
    };
    for event in [
        post(JSON, &account("ada1").to_string()),
        post("application/json; charset=utf-8", &account("ada2").to_string()),
        wrapped(&account("ada3").to_string(), JSON),
        post(FORM, &form("ada4")),
        wrapped(&form("ada5"), "application/x-www-form-urlencoded; charset=UTF-8"),
        post(JSON, &format!("{:8192}", account("ada6").to_string())),
    ] {
        let response = latchkey.send(&event).await;
        assert_eq!(response.status, 201, "{response:?}");
        assert_eq!(
            response.header("content-type"),
            Some("application/json"),
            "the Accept header decides, for forms too"
        );
    }
}

#[tokio::test]
async fn a_secret_in_the_query_is_not_read() {
    let latchkey = Latchkey::start().await;
    let event =
        post(FORM, "").with("/rawQueryString", json!("username=ada1&email=a@b.cd&password=correct+horse"));
    assert_eq!(latchkey.send(&event).await.status, 422);
    let client = Client::signed_up(&latchkey, "ada1").await;
    let event =
        Event::new("GET", "/profile").with("/rawQueryString", json!(format!("session={}", client.token())));
    assert_eq!(latchkey.send(&event).await.status, 401);
}
