//! Tokens of an odd shape.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use fuzz::hs256;
use serde_json::{Value, json};

use crate::harness::latchkey::SECRET;
use crate::rules::tokens::odd::Odd;
use crate::rules::tokens::{Form, Session, encode};

fn named<const N: usize>(shapes: [(&str, String); N]) -> Odd {
    shapes.into_iter().map(|(name, token)| (name.to_owned(), token)).collect()
}

/// Odd in either form.
pub fn any(session: &Session) -> Odd {
    let (header, claims) = (session.form.header().to_string(), json!(session.claims).to_string());
    let make = |claims: &str| session.make(&header, claims);
    let token = &session.token;
    let parts = session.parts();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    let values: Vec<&Value> = session.claims.values().collect();
    named([
        ("claims as array", make("[1]")),
        ("claims as the array of their values", make(&json!(values).to_string())),
        ("claims as text", make("\"x\"")),
        ("claims empty", make("")),
        ("claims twice", make(&format!("{claims}{claims}"))),
        ("a claim twice", make(&claims.replacen('{', "{\"role\":\"user\",", 1))),
        ("claims not JSON", make("x")),
        ("a header twice", session.make(&header.replacen('{', "{\"typ\":\"session+jwt\",", 1), &claims)),
        ("header as array", session.make("[\"HS256\",\"session+jwt\",\"test\"]", &claims)),
        ("header empty", session.make("", &claims)),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("more dots", "....".to_owned()),
        ("one more part", format!("{token}.{last}")),
        ("a dot behind", format!("{token}.")),
        ("a dot in front", format!(".{token}")),
        ("padding", format!("{token}=")),
        ("a space inside", token.replacen('.', ". ", 1)),
        ("in quotes", format!("\"{token}\"")),
        ("Bearer", format!("Bearer {token}")),
        ("parts swapped", parts.iter().rev().copied().collect::<Vec<_>>().join(".")),
        ("standard base64", token.replacen(first, &BASE64.encode(header.as_bytes()), 1)),
        ("percent", "%".to_owned()),
        ("twice", format!("{token}{token}")),
        ("long", "a".repeat(100_000)),
        ("dots for ever", ".".repeat(2_048)),
        ("NUL", "\0".to_owned()),
    ])
}

/// Odd in the encrypted form.
pub fn encrypted(session: &Session) -> Odd {
    let [header, _, iv, text, tag] = *session.parts() else { panic!("five parts") };
    let claims = json!(session.claims).to_string();
    let spaced = r#"{"alg": "dir", "enc":"A256GCM","kid":"1000","typ":"session+jwt"}"#;
    let reordered = r#"{"enc":"A256GCM","alg":"dir","kid":"1000","typ":"session+jwt"}"#;
    let json_form = json!({
        "protected": header, "iv": iv, "ciphertext": text, "tag": tag,
    });
    named([
        ("an encrypted key", format!("{header}.AAAA.{iv}.{text}.{tag}")),
        ("no tag", format!("{header}..{iv}.{text}.")),
        ("no tag and no dot", format!("{header}..{iv}.{text}")),
        ("half a tag", format!("{header}..{iv}.{text}.{}", &tag[..11])),
        ("a longer tag", format!("{header}..{iv}.{text}.{tag}AAAA")),
        ("no IV", format!("{header}...{text}.{tag}")),
        ("an IV of 128 bits", format!("{header}..{iv}AAAAAA.{text}.{tag}")),
        ("no text", format!("{header}..{iv}..{tag}")),
        ("a header with spaces", session.make(spaced, &claims)),
        ("a header in another order", session.make(reordered, &claims)),
        ("the general JSON serialisation", json_form.to_string()),
        (
            "signed with the key",
            Form::Signed.make(&Form::Signed.header().to_string(), &claims, &Form::Encrypted.key(&SECRET)),
        ),
        ("signed inside", {
            let inner =
                Form::Signed.make(&Form::Signed.header().to_string(), &claims, &Form::Signed.key(&SECRET));
            session.make(&session.form.header().to_string(), &inner)
        }),
    ])
}

/// Odd in the signed form.
pub fn signed(session: &Session) -> Odd {
    let [header, claims, signature] = *session.parts() else { panic!("three parts") };
    let key = session.form.key(&SECRET);
    let not_utf_8 = format!("{header}.{}", BASE64URL_NOPAD.encode(b"{\"iss\":\"\xff\"}"));
    let others = encode(&json!(session.claims).to_string().replace("user", "root"));
    named([
        ("claims not UTF-8", format!("{not_utf_8}.{}", hs256(&not_utf_8, &key))),
        ("the signature of other claims", format!("{header}.{others}.{signature}")),
        ("no signature", format!("{header}.{claims}")),
        ("an empty signature", format!("{header}.{claims}.")),
        ("JWE", format!("{header}.{claims}.{signature}.{claims}.{signature}")),
        (
            "encrypted with the key",
            Form::Encrypted.make(
                &Form::Encrypted.header().to_string(),
                &json!(session.claims).to_string(),
                &key,
            ),
        ),
        (
            "JSON serialisation",
            json!({ "protected": header, "payload": claims, "signature": signature }).to_string(),
        ),
    ])
}
