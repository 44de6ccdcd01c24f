//! The public keys of access tokens, and the metadata.

use serde_json::{Value, json};

use crate::functions::SampleEvent;
use crate::harness::access_token::keys;
use crate::harness::{Event, Fault, Latchkey, Response};

pub const EVENTS: &[SampleEvent] = &[
    ("keys", 200, "\"alg\":\"RS256\""),
    ("oauth", 200, "/.well-known/jwks.json"),
    ("openid", 200, "/.well-known/jwks.json"),
];

const KEYS: &str = "/.well-known/jwks.json";
const DAY: i64 = 86_400;

/// The key of the item.
fn set() -> Value {
    json!({ "set": { "S": "access" } })
}

async fn get(latchkey: &Latchkey, path: &str) -> Response {
    latchkey.send(&Event::new("GET", path)).await
}

fn assert_public(response: &Response) {
    for (name, value) in [
        ("cache-control", Some("public, max-age=300")),
        ("access-control-allow-origin", Some("*")),
        ("cross-origin-resource-policy", Some("cross-origin")),
        ("vary", None),
    ] {
        assert_eq!(response.header(name), value, "{response:?}");
    }
    assert!(response.cookies.is_empty());
}

#[tokio::test]
async fn the_keys_are_public_and_have_no_private_part() {
    let latchkey = Latchkey::start().await;
    let response = get(&latchkey, KEYS).await;
    assert_public(&response);
    let body = response.json();
    let [key] = body["keys"].as_array().expect("keys").as_slice() else { panic!("one key: {body}") };
    let mut names: Vec<_> = key.as_object().expect("a key").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!((&key["alg"], &key["use"], &key["kty"]), (&json!("RS256"), &json!("sig"), &json!("RSA")));
}

#[tokio::test]
async fn both_documents_name_the_issuer_by_the_host_of_the_request_or_the_public_origin() {
    let host = "https://abc123.execute-api.eu-central-1.amazonaws.com";
    for (origin, issuer) in [("", host), ("https://auth.example.com", "https://auth.example.com")] {
        let latchkey = Latchkey::start_with(&[("PUBLIC_ORIGIN", origin)]).await;
        let mut documents = Vec::new();
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            let event =
                Event::new("GET", path).with("/requestContext/domainName", json!(&host["https://".len()..]));
            let response = latchkey.send(&event).await;
            assert_public(&response);
            documents.push(response.json());
        }
        let [one, other] = documents.as_slice() else { panic!("two documents") };
        assert_eq!(one, other);
        assert_eq!(one["issuer"], issuer);
        assert_eq!(one["jwks_uri"], format!("{issuer}/.well-known/jwks.json"));
        assert_eq!(one["token_endpoint"], format!("{issuer}/token"));
        let names: Vec<&str> = one.as_object().expect("a document").keys().map(String::as_str).collect();
        assert!(!names.iter().any(|name| name.contains("authorization_endpoint")), "{names:?}");
    }
}

#[tokio::test]
async fn the_keys_are_read_every_five_minutes_and_stay_for_a_day_without_the_table() {
    let latchkey = Latchkey::start().await;
    latchkey.database.take_calls();
    for _ in 0..5 {
        keys(&latchkey).await;
        latchkey.pass(59);
    }
    assert_eq!(latchkey.database.take_operations(), ["GetItem keys"]);
    latchkey.pass(5);
    let read = keys(&latchkey).await;
    assert_eq!(latchkey.database.take_operations(), ["GetItem keys"]);

    latchkey.database.fail_always("GetItem keys", Fault::error(500, "InternalServerError"));
    latchkey.pass(DAY - 1);
    assert_eq!(keys(&latchkey).await, read);
    latchkey.pass(1);
    let response = get(&latchkey, KEYS).await;
    assert_eq!((response.status, response.header("cache-control")), (503, Some("no-store")), "{response:?}");
    assert!(
        response.header("retry-after").is_some() && response.header("access-control-allow-origin").is_none()
    );
    latchkey.database.clear_faults();
    latchkey.pass(10);
    assert_eq!(keys(&latchkey).await, read);
}

#[tokio::test]
async fn an_empty_set_is_never_served() {
    for item in [None, Some(json!({ "keys": { "M": {} } }))] {
        let latchkey = Latchkey::start().await;
        latchkey.database.delete("KeysTable", &set());
        if let Some(attributes) = item {
            latchkey.database.set("KeysTable", set(), &attributes);
        }
        let response = get(&latchkey, KEYS).await;
        assert_eq!((response.status, response.code().as_str()), (503, "unavailable"), "{response:?}");
    }
    let latchkey = Latchkey::start().await;
    let read: Value = keys(&latchkey).await;
    latchkey.database.delete("KeysTable", &set());
    latchkey.pass(300);
    assert_eq!(keys(&latchkey).await, read, "the last good set stays");
}
