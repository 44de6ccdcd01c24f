//! Bodies: one JSON object or one form, in which each field occurs at most once.

use std::fmt;

use data_encoding::BASE64;
use percent_encoding::percent_decode;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use crate::http::media_type::{BodyType, body_type};
use crate::http::rejection::{BODY_LIMIT, Rejection};
use crate::http::request::Request;
use crate::input::Input;

/// Reads the fields of a request's body. It checks the type, then the size, then the body itself.
///
/// # Errors
/// [`Rejection::UnsupportedMediaType`], [`Rejection::PayloadTooLarge`], [`Rejection::MalformedBody`].
pub fn read(request: &Request) -> Result<Input, Rejection> {
    let body_type =
        request.header("content-type").and_then(body_type).ok_or(Rejection::UnsupportedMediaType)?;
    let body = if request.is_base64 {
        let decoded = BASE64.decode(request.body.as_bytes());
        decoded.map_err(|_| Rejection::MalformedBody("it is marked as base64, and is not valid base64"))?
    } else {
        request.body.as_bytes().to_vec()
    };
    if body.len() > BODY_LIMIT {
        return Err(Rejection::PayloadTooLarge);
    }
    let fields = match body_type {
        BodyType::Json => json(&body),
        BodyType::Form => form(&body),
    };
    fields.map(Input::new)
}

type Fields = Vec<(String, Value)>;

/// A JSON object. Unlike serde's maps, it refuses a name that occurs twice. Unlike its structs, it refuses an array.
struct Object(Fields);

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
        let mut fields = Fields::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("a field occurs twice"));
            }
            fields.push((name, value));
        }
        Ok(Object(fields))
    }
}

fn json(body: &[u8]) -> Result<Fields, Rejection> {
    let object: Result<Object, _> = serde_json::from_slice(body);
    object.map(|object| object.0).map_err(|_| {
        Rejection::MalformedBody("send one JSON object in UTF-8 in which each field occurs once")
    })
}

/// Parses the encoding of HTML forms (URL standard, `application/x-www-form-urlencoded`).
///
/// Bytes that are not UTF-8 are refused. The standard replaces them, but a replaced password is another password.
fn form(body: &[u8]) -> Result<Fields, Rejection> {
    let mut fields = Fields::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = form_text(halves.next().unwrap_or_default())?;
        let value = form_text(halves.next().unwrap_or_default())?;
        if fields.iter().any(|(known, _)| *known == name) {
            return Err(Rejection::MalformedBody("send each field of the form once"));
        }
        fields.push((name, Value::String(value)));
    }
    Ok(fields)
}

fn form_text(encoded: &[u8]) -> Result<String, Rejection> {
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_decode(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| Rejection::MalformedBody("send the form in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: Result<Fields, Rejection>) -> Option<Vec<(String, Value)>> {
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
