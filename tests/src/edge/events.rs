//! The events in `events/`. Each parses, and gets the response that its name promises.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::functions::Functions;
use crate::harness::{Latchkey, root};

/// The events of a function, by their file names without the extension.
pub fn files(function: &str) -> BTreeMap<String, Value> {
    let folder = std::fs::read_dir(root().join("events").join(function)).expect("its events");
    let read = |path: std::path::PathBuf| {
        let event = serde_json::from_str(&std::fs::read_to_string(&path).expect("a text")).expect("JSON");
        (path.file_stem().expect("a name").to_string_lossy().into_owned(), event)
    };
    folder.map(|entry| read(entry.expect("a file").path())).collect()
}

#[tokio::test]
async fn every_event_gets_the_response_that_its_name_promises() {
    for (function, events) in Functions::EVENTS {
        let files = files(function);
        let names: Vec<&str> = events.iter().map(|(name, ..)| *name).collect();
        assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), names, "{function}: files and list");
        for (name, status, content) in *events {
            let latchkey = Latchkey::start().await;
            let response = latchkey.send_to(function, &files[*name]).await;
            assert_eq!(response.status, *status, "{function}/{name}: {response:?}");
            assert!(response.body.contains(content), "{function}/{name}: {response:?}");
        }
    }
}

#[test]
fn every_route_has_an_event_and_every_event_has_the_format_of_api_gateway() {
    for name in Functions::NAMES {
        let files = files(name);
        for (method, path) in Functions::routes(name) {
            let found = files
                .values()
                .any(|event| event["rawPath"] == path && event["requestContext"]["http"]["method"] == method);
            assert!(found, "{method} {path}");
        }
        for (case, event) in &files {
            let parsed: Result<lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest, _> =
                serde_json::from_value(event.clone());
            assert!(parsed.is_ok(), "{name}/{case}: {parsed:?}");
            assert_eq!(event["requestContext"]["http"]["path"], event["rawPath"], "{name}/{case}");
        }
    }
}
