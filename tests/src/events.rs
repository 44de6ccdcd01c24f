//! The events in `events/`: each parses, and gets the answer that its name promises.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Latchkey, root, template};

/// The events of the functions with routes: name, status, and what the response must hold.
pub const EVENTS: [(&str, i64, &str); 19] = [
    ("login/form", 200, "action=\"/login\""),
    ("login/several-identifiers", 422, "\"code\":\"invalid\""),
    ("login/submit-form", 401, "Incorrect username or password"),
    ("login/submit-json", 401, "invalid_credentials"),
    ("logout/submit-form", 303, ""),
    ("logout/submit-json", 401, "unauthenticated"),
    ("profile/home", 200, "Sign up"),
    ("profile/not-found", 404, "not_found"),
    ("profile/show-html", 303, ""),
    ("profile/show-json", 401, "unauthenticated"),
    ("signup/cross-origin", 403, "cross_origin"),
    ("signup/duplicate-field", 400, "malformed_body"),
    ("signup/form", 200, "action=\"/signup\""),
    ("signup/invalid", 422, "too_short"),
    ("signup/method", 405, "method_not_allowed"),
    ("signup/submit-form", 303, ""),
    ("signup/submit-json", 201, "\"username\":\"ada.lovelace\""),
    ("signup/too-large", 413, "payload_too_large"),
    ("signup/type", 415, "unsupported_media_type"),
];

/// The events of a function, by the names of their files.
pub fn files(function: &str) -> BTreeMap<String, Value> {
    let folder = std::fs::read_dir(root().join("events").join(function)).expect("its events");
    let read = |path: std::path::PathBuf| {
        let event = serde_json::from_str(&std::fs::read_to_string(&path).expect("a text")).expect("JSON");
        (format!("{function}/{}", path.file_stem().expect("a name").to_string_lossy()), event)
    };
    folder.map(|entry| read(entry.expect("a file").path())).collect()
}

/// Those of all functions with routes.
fn all() -> BTreeMap<String, Value> {
    let functions = template().functions().into_iter().filter(|function| !function.routes.is_empty());
    functions.flat_map(|function| files(&function.name)).collect()
}

#[tokio::test]
async fn every_event_gets_the_answer_that_its_name_promises() {
    let files = all();
    let names: Vec<&str> = EVENTS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), names, "events/ and this table");
    for (name, status, content) in EVENTS {
        let latchkey = Latchkey::start().await;
        let event = &files[name];
        let answer = match name.split('/').next() {
            Some("signup") => latchkey.send_to(&latchkey.signup, event).await,
            Some("login") => latchkey.send_to(&latchkey.login, event).await,
            Some("logout") => latchkey.send_to(&latchkey.logout, event).await,
            _ => latchkey.send_to(&latchkey.profile, event).await,
        };
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert!(answer.body.contains(content), "{name}: {answer:?}");
    }
}

#[test]
fn every_route_of_the_template_has_an_event_and_every_event_the_shape_of_api_gateway_s() {
    let files = all();
    for function in template().functions() {
        for (method, path) in function.routes.iter().filter(|(method, _)| method != "ANY") {
            let found = files.values().any(|event| {
                event["rawPath"] == *path && event["requestContext"]["http"]["method"] == *method
            });
            assert!(found, "{method} {path}");
        }
    }
    for (name, event) in &files {
        let parsed: Result<lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest, _> =
            serde_json::from_value(event.clone());
        assert!(parsed.is_ok(), "{name}: {parsed:?}");
        assert_eq!(event["requestContext"]["http"]["path"], event["rawPath"], "{name}");
    }
}
