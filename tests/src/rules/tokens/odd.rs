//! Forged and odd tokens.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use fuzz::{hs256, subkey};
use serde_json::{Value, json};

use crate::harness::latchkey::{KID, SECRET, STACK};
use crate::rules::tokens::{Session, encode, key, removed, sign};

/// What is odd about each token, and the token.
type Odd = Vec<(String, String)>;

#[tokio::test]
async fn no_forged_or_odd_token_is_accepted() {
    let session = Session::start().await;
    let tokens =
        [odd_algorithms(&session), odd_headers(&session), odd_claims(&session), odd_shapes(&session)]
            .concat();
    assert!(tokens.len() >= 60, "{}", tokens.len());
    for (name, token) in &tokens {
        assert!(!session.accepts(token).await, "{name}: {token}");
    }
}

fn odd_algorithms(session: &Session) -> Odd {
    let [_, claims, signature] = session.parts();
    let mut odd = Odd::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = encode(&json!({ "alg": alg, "typ": "session+jwt", "kid": KID }).to_string());
        odd.push((format!("algorithm {alg:?}, no signature"), format!("{header}.{claims}.")));
        odd.push((format!("algorithm {alg:?}, signature kept"), format!("{header}.{claims}.{signature}")));
    }
    for alg in ["HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", "HS256 "] {
        odd.push((format!("algorithm {alg}"), session.header(json!({ "alg": alg }))));
    }
    for (name, secret) in [
        ("another key", [8; 32].as_slice()),
        ("the key of devices", &subkey("device", &SECRET)),
        ("the key of the log", &subkey("log", &SECRET)),
        ("an empty key", b""),
        ("a short key", b"secret"),
        ("a known key", &[0; 32]),
    ] {
        let (header, claims) = (json!(session.header).to_string(), json!(session.claims).to_string());
        odd.push((name.to_owned(), sign(&header, &claims, secret)));
    }
    odd
}

fn odd_headers(session: &Session) -> Odd {
    let headers = [
        ("no algorithm", json!({ "alg": removed() })),
        ("algorithm as number", json!({ "alg": 256 })),
        ("no type", json!({ "typ": removed() })),
        ("type JWT", json!({ "typ": "JWT" })),
        ("type in capitals", json!({ "typ": "SESSION+JWT" })),
        ("type of a device token", json!({ "typ": "device+jwt" })),
        ("no kid", json!({ "kid": removed() })),
        ("kid null", json!({ "kid": null })),
        ("unknown kid", json!({ "kid": "other" })),
        ("kid as path", json!({ "kid": "../../dev/null" })),
        ("kid of a megabyte", json!({ "kid": "k".repeat(1_000_000) })),
        ("crit", json!({ "crit": ["exp2"], "exp2": 1 })),
        ("crit b64", json!({ "crit": ["b64"], "b64": true })),
        ("empty crit", json!({ "crit": [] })),
        ("embedded key", json!({ "jwk": { "kty": "oct", "k": "AAAA" } })),
        ("jku", json!({ "jku": "https://example.com/keys" })),
        ("x5u", json!({ "x5u": "https://example.com/cert" })),
        ("x5c", json!({ "x5c": ["AAAA"] })),
        ("cty", json!({ "cty": "JWT" })),
    ];
    headers.into_iter().map(|(name, changes)| (name.to_owned(), session.header(changes))).collect()
}

fn odd_claims(session: &Session) -> Odd {
    let now = session.latchkey.now();
    let mut changes = vec![
        json!({ "iat": now + 61 }),
        json!({ "iat": now + 315_360_000 }),
        json!({ "iat": now.to_string() }),
        json!({ "nbf": now - 5 }),
        json!({ "email": "a@example.com" }),
        json!({ "sid": BASE64URL_NOPAD.encode(&[1; 32]) }),
    ];
    for claim in ["iss", "aud", "sub", "sid", "iat", "exp", "role"] {
        for value in [removed(), json!(null), json!([]), json!({}), json!(true), json!(1.5)] {
            changes.push(json!({ claim: value }));
        }
    }
    for claim in ["iss", "aud"] {
        for value in [json!("other"), json!(""), json!(5), json!([STACK])] {
            changes.push(json!({ claim: value }));
        }
    }
    for exp in
        [json!(now), json!(now - 1), json!(0), json!(-1), json!("99999999999"), json!(1e300), json!(u64::MAX)]
    {
        changes.push(json!({ "exp": exp }));
    }
    for id in ["", "AAAA", "another-user", "AAAAAAAAAAAAAAAAAAAAAA", "../", "\u{0}"] {
        changes.push(json!({ "sub": id }));
        changes.push(json!({ "sid": id }));
    }
    changes.into_iter().map(|changes| (changes.to_string(), session.claims(changes))).collect()
}

fn odd_shapes(session: &Session) -> Odd {
    let (head, body) = (json!(session.header).to_string(), json!(session.claims).to_string());
    let [h, c, s] = session.parts();
    let values: Vec<&Value> = ["iss", "aud", "sub", "sid", "iat", "exp", "role"]
        .iter()
        .map(|name| &session.claims[*name])
        .collect();
    let not_utf_8 = format!("{h}.{}", BASE64URL_NOPAD.encode(b"{\"iss\":\"\xff\"}"));
    let shapes = [
        ("claims as array", sign(&head, "[1]", &key())),
        ("claims as the array of their values", sign(&head, &json!(values).to_string(), &key())),
        ("claims as text", sign(&head, "\"x\"", &key())),
        ("claims empty", sign(&head, "", &key())),
        ("claims twice", sign(&head, &format!("{body}{body}"), &key())),
        ("a claim twice", sign(&head, &body.replacen('{', "{\"role\":\"user\",", 1), &key())),
        ("a header twice", sign(&head.replacen('{', "{\"alg\":\"HS256\",", 1), &body, &key())),
        ("header as array", sign("[\"HS256\",\"session+jwt\",\"test\"]", &body, &key())),
        ("claims not JSON", sign(&head, "x", &key())),
        ("claims not UTF-8", format!("{not_utf_8}.{}", hs256(&not_utf_8, &key()))),
        ("the signature of other claims", format!("{h}.{}.{s}", encode(&body.replace("user", "root")))),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("more dots", "....".to_owned()),
        ("no signature", format!("{h}.{c}")),
        ("an empty signature", format!("{h}.{c}.")),
        ("four parts", format!("{h}.{c}.{s}.{s}")),
        ("a dot behind", format!("{}.", session.token)),
        ("a dot in front", format!(".{}", session.token)),
        ("padding", format!("{}=", session.token)),
        ("a space inside", format!("{h}. {c}.{s}")),
        ("in quotes", format!("\"{}\"", session.token)),
        ("Bearer", format!("Bearer {}", session.token)),
        ("parts swapped", format!("{c}.{h}.{s}")),
        ("standard base64", format!("{}.{c}.{s}", BASE64.encode(head.as_bytes()))),
        ("percent", "%".to_owned()),
        ("twice", format!("{0}{0}", session.token)),
        ("JWE", format!("{h}.{c}.{s}.{c}.{s}")),
        ("JSON serialisation", json!({ "protected": h, "payload": c, "signature": s }).to_string()),
        ("long", "a".repeat(100_000)),
        ("NUL", "\0".to_owned()),
    ];
    shapes.into_iter().map(|(name, token)| (name.to_owned(), token)).collect()
}
