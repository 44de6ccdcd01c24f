//! Bodies: the first byte chooses the content type, and the other bytes are the body.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use latchkey::error::Error;
use latchkey::http::body;
use latchkey::http::rejection::{BODY_LIMIT, Rejection};
use latchkey::input::Input;
use serde_json::{Value, json};

/// An accepted body has each field once, and the same fields that another parser of its content type finds. Neither
/// their number, nor a name, nor a text that a form shows again is larger than documented.
pub fn body(data: &[u8]) {
    let Some((first, data)) = data.split_first() else { return };
    let is_json = first & 1 == 0;
    let content_type = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = crate::request(&json!({
        "headers": { "content-type": content_type }, "body": BASE64.encode(data), "isBase64Encoded": true,
    }));
    let mut input = match body::read(&request) {
        Ok(input) => input,
        Err(Rejection::MalformedBody(_)) => return,
        Err(Rejection::PayloadTooLarge) => return assert!(data.len() > BODY_LIMIT),
        Err(error) => panic!("{error}"),
    };
    let expected = if is_json { object(data) } else { form(data) };
    assert!(expected.len() <= body::MOST_FIELDS, "{expected:?}");
    for (name, value) in &expected {
        assert!(name.len() <= body::LONGEST_NAME, "{name:?}");
        let text = value.as_str().unwrap_or_default();
        assert_eq!(
            input.has(name),
            !value.is_null() && (!value.is_string() || !text.trim().is_empty()),
            "{name:?}"
        );
        let shown = if text.chars().count() > Input::MOST_SHOWN { "" } else { text };
        assert_eq!(input.shown(name), shown, "{name:?}");
    }
    // The field that the target takes is missing or has no violation, and all others are unknown.
    input.optional("password", |_| Ok(()));
    let unknown = expected.keys().filter(|name| *name != "password").count();
    let listed = match input.finish(Some(())) {
        Ok(()) => 0,
        Err(Error::InvalidInput(errors)) => {
            let listed = errors.iter().filter(|error| error.error.code == "unknown");
            assert!(listed.clone().all(|error| expected.contains_key(&*error.field)));
            listed.count()
        }
        Err(error) => panic!("{error}"),
    };
    assert_eq!(listed, if is_json { unknown.min(Input::MOST_UNKNOWN) } else { 0 });
}

fn object(data: &[u8]) -> BTreeMap<String, Value> {
    serde_json::from_slice(data).expect("an object")
}

fn form(data: &[u8]) -> BTreeMap<String, Value> {
    url::form_urlencoded::parse(data).map(|(name, value)| (name.into(), json!(value))).collect()
}
