//! Bodies: one JSON object or one form, in which each field occurs at most once.

use std::fmt;

use data_encoding::BASE64;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use crate::http::media_type::{BodyType, body_type};
use crate::http::query::form_text;
use crate::http::rejection::{BODY_LIMIT, Rejection};
use crate::http::request::{RawBody, Request};
use crate::input::{Fields, Input};

/// The most fields of a body. No form of Latchkey has more than six, and reading stops at the next one.
pub const MOST_FIELDS: usize = 16;
/// The most bytes in the name of a field.
pub const LONGEST_NAME: usize = 64;

/// Reads the fields of a request's body. It checks the type, then the size, then the body itself. It parses the body
/// once: the request keeps the fields, which a form that is shown again reads, too.
///
/// # Errors
/// [`Rejection::UnsupportedMediaType`], [`Rejection::PayloadTooLarge`], [`Rejection::MalformedBody`].
pub fn read(request: &Request) -> Result<Input<'_>, Rejection> {
    let fields = request.fields.get_or_init(|| parse(request));
    fields.as_ref().map(Input::new).map_err(Clone::clone)
}

fn parse(request: &Request) -> Result<Fields, Rejection> {
    let body_type =
        request.header("content-type").and_then(body_type).ok_or(Rejection::UnsupportedMediaType)?;
    let body = bytes(request)?;
    if body.len() > BODY_LIMIT {
        return Err(Rejection::PayloadTooLarge);
    }
    Ok(match body_type {
        BodyType::Json => Fields { list: json(&body)?, ignores_unknown: false },
        BodyType::Form => Fields { list: form(&body)?, ignores_unknown: true },
    })
}

/// The body after decoding base64. The size of what is too large for that is not known exactly.
fn bytes(request: &Request) -> Result<Vec<u8>, Rejection> {
    let text: String = match &request.body {
        RawBody::Missing => return Ok(Vec::new()),
        RawBody::TooLarge => return Err(Rejection::PayloadTooLarge),
        RawBody::Text(raw) => {
            let text = serde_json::from_str(raw.get());
            text.map_err(|_| Rejection::MalformedBody("it is not valid Unicode"))?
        }
    };
    if !request.is_base64 {
        return Ok(text.into_bytes());
    }
    if text.len() > BASE64.encode_len(BODY_LIMIT) {
        return Err(Rejection::PayloadTooLarge);
    }
    let decoded = BASE64.decode(text.as_bytes());
    decoded.map_err(|_| Rejection::MalformedBody("it is marked as base64, and is not valid base64"))
}

type List = Vec<(String, Value)>;

/// Why a field cannot be added to those before it. `None` if it can.
fn violated(list: &[(String, Value)], name: &str) -> Option<&'static str> {
    if list.len() == MOST_FIELDS {
        return Some("send at most 16 fields");
    }
    if name.len() > LONGEST_NAME {
        return Some("send names of fields of at most 64 bytes");
    }
    list.iter().any(|(known, _)| known == name).then_some("send each field once")
}

/// A JSON object. Unlike serde's maps, it refuses a name that occurs twice. Unlike its structs, it refuses an array.
struct Object(List);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut list = List::new();
        while let Some(name) = map.next_key::<String>()? {
            if let Some(violated) = violated(&list, &name) {
                return Err(A::Error::custom(violated));
            }
            list.push((name, map.next_value()?));
        }
        Ok(Object(list))
    }
}

fn json(body: &[u8]) -> Result<List, Rejection> {
    const EXPECTED: &str = "send one JSON object in UTF-8 with at most 16 fields, each once, whose names have at most \
        64 bytes";
    let object: Result<Object, _> = serde_json::from_slice(body);
    object.map(|object| object.0).map_err(|_| Rejection::MalformedBody(EXPECTED))
}

/// Parses the encoding of HTML forms (URL standard, `application/x-www-form-urlencoded`).
///
/// Bytes that are not UTF-8 are refused. The standard replaces them, but a replaced password is another password.
fn form(body: &[u8]) -> Result<List, Rejection> {
    let mut list = List::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = text(halves.next().unwrap_or_default())?;
        if let Some(violated) = violated(&list, &name) {
            return Err(Rejection::MalformedBody(violated));
        }
        let value = text(halves.next().unwrap_or_default())?;
        list.push((name, Value::String(value)));
    }
    Ok(list)
}

fn text(encoded: &[u8]) -> Result<String, Rejection> {
    form_text(encoded).ok_or(Rejection::MalformedBody("send the form in UTF-8"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::Timestamp;

    fn post(body: &str, is_base64: bool) -> Request {
        let headers = json!({ "content-type": "application/json" });
        let event = json!({ "headers": headers, "body": body, "isBase64Encoded": is_base64 });
        let event = serde_json::value::to_raw_value(&event).unwrap();
        Request::from_event(&event, "id", Timestamp::from_seconds(0))
    }

    #[test]
    fn a_body_is_parsed_once_for_each_request() {
        let request = post(r#"{"a":"b"}"#, false);
        let (first, second) = (read(&request).ok().unwrap(), read(&request).ok().unwrap());
        assert_eq!(first.shown("a"), "b");
        assert!(
            std::ptr::eq(first.shown("a"), second.shown("a")),
            "both are the text of the same parsed body"
        );
    }

    #[test]
    fn a_body_that_is_too_large_is_neither_decoded_nor_copied() {
        let fits = BASE64.encode(format!("{:8192}", "{}").as_bytes());
        assert!(read(&post(&fits, true)).is_ok());
        // It is not valid base64, but its length decides.
        let longer = format!("{fits}****");
        assert_eq!(read(&post(&longer, true)).err(), Some(Rejection::PayloadTooLarge));
        let escaped = "\u{1}".repeat(BODY_LIMIT);
        assert!(matches!(post(&escaped, false).body, RawBody::Text(_)));
        assert!(matches!(post(&format!("{escaped}x"), false).body, RawBody::TooLarge));
        assert_eq!(read(&post(&"x".repeat(6_000_000), true)).err(), Some(Rejection::PayloadTooLarge));
    }

    #[test]
    fn reading_stops_at_the_seventeenth_field_and_at_a_long_name() {
        let fields =
            |count: usize| (0..count).map(|number| format!("{number}=x")).collect::<Vec<_>>().join("&");
        assert_eq!(names(form(fields(16).as_bytes())).map(|list| list.len()), Some(16));
        assert!(names(form(fields(17).as_bytes())).is_none());
        // What comes after the seventeenth is not read: it is not UTF-8.
        let rest = format!("{}&a=%ff", fields(17));
        assert_eq!(form(rest.as_bytes()), Err(Rejection::MalformedBody("send at most 16 fields")));
        for (length, is_read) in [(64, true), (65, false)] {
            let name = "n".repeat(length);
            assert_eq!(form(format!("{name}=1").as_bytes()).is_ok(), is_read);
            assert_eq!(json(format!("{{\"{name}\":1}}").as_bytes()).is_ok(), is_read);
        }
    }

    fn names(fields: Result<List, Rejection>) -> Option<Vec<(String, Value)>> {
        fields.ok()
    }

    #[test]
    fn a_form_is_decoded_as_browsers_encode_it() {
        let fields = names(form(b"a=1+2&b=%C3%A9%2B&c&=x&d=a=b&&e=%zz")).unwrap();
        let expected = [("a", "1 2"), ("b", "é+"), ("c", ""), ("", "x"), ("d", "a=b"), ("e", "%zz")];
        let expected: Vec<_> = expected.map(|(k, v)| (k.to_owned(), Value::from(v))).into();
        assert_eq!(fields, expected);
        assert!(names(form(b"a=1&%61=2")).is_none(), "a name occurs twice");
        assert!(names(form(b"a=%ff")).is_none(), "not UTF-8");
    }

    #[test]
    fn json_is_one_object_with_each_name_once() {
        assert_eq!(names(json(br#"{"a":"b"}"#)).unwrap(), [("a".to_owned(), Value::from("b"))]);
        for body in [
            "",
            "[]",
            r#"["a","b"]"#,
            "null",
            "\"a\"",
            "5",
            "{",
            "{}{}",
            "{'a':1}",
            r#"{"a":1,}"#,
            "\u{feff}{}",
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":1e999}"#,
            "{\"a\":\"\0\"}",
            "{/**/}",
            r#"{"a":NaN}"#,
        ] {
            assert!(names(json(body.as_bytes())).is_none(), "{body:?}");
        }
        assert!(names(json(b"{\"a\":\"\xff\"}")).is_none());
        assert!(names(json(format!("{{\"a\":{}", "[".repeat(8_000)).as_bytes())).is_none());
    }
}
