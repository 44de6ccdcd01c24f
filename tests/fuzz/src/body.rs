//! Bodies: the first byte chooses the content type, and the other bytes are the body.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use latchkey::error::Error;
use latchkey::http::body;
use latchkey::http::rejection::{BODY_LIMIT, Rejection};
use serde_json::{Value, json};

/// An accepted body has each field once, and the same fields that another parser of its content type finds.
pub fn body(data: &[u8]) {
    let Some((first, data)) = data.split_first() else { return };
    let is_json = first & 1 == 0;
    let content_type = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = crate::request(&json!({
        "headers": { "content-type": content_type }, "body": BASE64.encode(data), "isBase64Encoded": true,
    }));
    let input = match body::read(&request) {
        Ok(input) => input,
        Err(Rejection::MalformedBody(_)) => return,
        Err(Rejection::PayloadTooLarge) => return assert!(data.len() > BODY_LIMIT),
        Err(error) => panic!("{error}"),
    };
    let expected = if is_json { object(data) } else { form(data) };
    for (name, value) in &expected {
        assert_eq!(input.has(name), !value.is_null(), "{name:?}");
        assert_eq!(input.shown(name), value.as_str().unwrap_or_default(), "{name:?}");
    }
    // The target takes no field, so all of them are unknown.
    let mut names: Vec<String> = match input.finish() {
        Ok(()) => Vec::new(),
        Err(Error::InvalidInput(errors)) => {
            errors.into_iter().map(|error| error.field.into_owned()).collect()
        }
        Err(error) => panic!("{error}"),
    };
    names.sort();
    assert!(names.iter().eq(expected.keys()), "{names:?}");
}

fn object(data: &[u8]) -> BTreeMap<String, Value> {
    serde_json::from_slice(data).expect("an object")
}

fn form(data: &[u8]) -> BTreeMap<String, Value> {
    url::form_urlencoded::parse(data).map(|(name, value)| (name.into(), json!(value))).collect()
}
