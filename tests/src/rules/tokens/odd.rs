//! Forged and odd tokens.

use data_encoding::BASE64URL_NOPAD;
use fuzz::subkey;
use serde_json::json;

use crate::harness::latchkey::{SECRET, STACK};
use crate::rules::tokens::{FORMS, Form, Session, encode, removed, shapes};

/// What is odd about each token, and the token.
pub type Odd = Vec<(String, String)>;

#[tokio::test]
async fn no_forged_or_odd_token_is_accepted() {
    for form in FORMS {
        let session = Session::start(form).await;
        let of_form = match form {
            Form::Encrypted => shapes::encrypted(&session),
            Form::Signed => shapes::signed(&session),
        };
        let tokens = [
            odd_algorithms(&session),
            odd_headers(&session),
            odd_claims(&session),
            shapes::any(&session),
            of_form,
        ]
        .concat();
        assert!(tokens.len() >= 120, "{}", tokens.len());
        session.latchkey.database.take_calls();
        for (name, token) in &tokens {
            assert!(!session.accepts(token).await, "{form:?}, {name}: {token}");
        }
    }
}

fn odd_algorithms(session: &Session) -> Odd {
    let mut odd = Odd::new();
    let all = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "ES256",
        "EdDSA",
        "hs256",
        "HS256 ",
        "dir",
        "DIR",
        "A256KW",
        "A256GCMKW",
        "PBES2-HS256+A128KW",
        "ECDH-ES",
        "RSA-OAEP",
        "RSA1_5",
    ];
    let right = session.form.header()["alg"].clone();
    for alg in all.into_iter().filter(|alg| right != *alg) {
        odd.push((format!("algorithm {alg:?}"), session.header(json!({ "alg": alg }))));
        let mut parts = session.parts().into_iter().map(str::to_owned).collect::<Vec<_>>();
        let mut header = session.form.header();
        header["alg"] = json!(alg);
        parts[0] = encode(&header.to_string());
        odd.push((format!("algorithm {alg:?}, the rest kept"), parts.join(".")));
        *parts.last_mut().expect("a part") = String::new();
        odd.push((format!("algorithm {alg:?}, no signature or tag"), parts.join(".")));
    }
    let (header, claims) = (session.form.header().to_string(), json!(session.claims).to_string());
    for (name, key) in [
        ("another key", vec![8; 32]),
        ("the secret of another", session.form.key(&[8; 32])),
        ("the key of device tokens", subkey("device+jwt/A256GCM", &SECRET)),
        ("the key of signed device tokens", subkey("device", &SECRET)),
        ("the key of the log", subkey("log", &SECRET)),
        ("a known key", vec![0; 32]),
    ] {
        odd.push((name.to_owned(), session.form.make(&header, &claims, &key)));
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
        ("zip", json!({ "zip": "DEF" })),
        ("encryption of 128 bits", json!({ "enc": "A128GCM" })),
        ("another encryption", json!({ "enc": "A256CBC-HS512" })),
        ("no encryption", json!({ "enc": null })),
        ("iterations", json!({ "p2c": 1_000_000_000, "p2s": "AAAA" })),
        ("ephemeral key", json!({ "epk": { "kty": "EC" } })),
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
