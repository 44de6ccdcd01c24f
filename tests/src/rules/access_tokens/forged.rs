//! Tokens that no verifier may accept.

use data_encoding::BASE64URL_NOPAD;
use fuzz::hs256;
use latchkey::keys::PrivateKeys;
use latchkey::time::Timestamp;
use rotation::access_tokens;
use serde_json::{Value, json};

use crate::harness::access_token::parts;
use crate::harness::latchkey::ACCESS_TOKEN_KEYS;

fn encode(part: &Value) -> String {
    BASE64URL_NOPAD.encode(part.to_string().as_bytes())
}

/// A token with this header and these claims, signed by the key of this set that signs.
pub fn signed(header: &Value, claims: &Value, keys: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let keys = PrivateKeys::parse(keys).expect("keys");
    let key = keys.signing(Timestamp::from_seconds(i64::MAX)).expect("a key");
    let signature = BASE64URL_NOPAD.encode(&key.sign(message.as_bytes()).expect("a signature"));
    format!("{message}.{signature}")
}

/// A member of a header or of claims with another value.
pub fn with(part: &Value, name: &str, value: Value) -> Value {
    let mut part = part.clone();
    part[name] = value;
    part
}

/// What is wrong with a token, and the token.
pub type Forged = Vec<(String, String)>;

/// Tokens whose header or claims were changed without a key.
pub fn tampered(good: &str) -> Forged {
    let [header, claims] = parts(good);
    let (_, signature) = good.rsplit_once('.').expect("a signature");
    let token = |header: &Value, claims: &Value| format!("{}.{}.{signature}", encode(header), encode(claims));
    let mut forged = Forged::new();
    for name in claims.as_object().expect("claims").keys() {
        let value = if claims[name].is_i64() { json!(9_999_999_999_i64) } else { json!("x") };
        forged.push((format!("claim {name} changed"), token(&header, &with(&claims, name, value))));
    }
    for (name, value) in [("alg", "RS512"), ("kid", "x"), ("typ", "JWT")] {
        forged.push((format!("header {name} changed"), token(&with(&header, name, json!(value)), &claims)));
    }
    for alg in ["none", "None", "NONE"] {
        let kept = token(&with(&header, "alg", json!(alg)), &claims);
        let (unsigned, _) = kept.rsplit_once('.').expect("a signature");
        forged.push((format!("algorithm {alg}, no signature"), format!("{unsigned}.")));
        forged.push((format!("algorithm {alg}, signature kept"), kept));
    }
    let (unsigned, _) = good.rsplit_once('.').expect("a signature");
    forged.push(("no signature".to_owned(), unsigned.to_owned()));
    forged.push(("nonsense".to_owned(), "x".to_owned()));
    forged
}

/// Tokens that the right key has signed, but of another kind; and tokens that another key has signed.
pub fn of_others(good: &str, public: &Value) -> Forged {
    let [header, claims] = parts(good);
    let mut forged = Forged::new();
    for (name, header, claims) in [
        ("another type", with(&header, "typ", json!("JWT")), claims.clone()),
        ("another issuer", header.clone(), with(&claims, "iss", json!("https://evil.example"))),
        ("another audience", header.clone(), with(&claims, "aud", json!("https://evil.example"))),
        ("expired", header.clone(), with(&claims, "exp", json!(1))),
    ] {
        forged.push((name.to_owned(), signed(&header, &claims, &ACCESS_TOKEN_KEYS)));
    }
    let other = access_tokens::first(Timestamp::from_seconds(0)).expect("a key pair");
    for (name, header) in [
        ("another key", header.clone()),
        ("unknown kid", with(&header, "kid", json!("A".repeat(43)))),
        ("kid as a path", with(&header, "kid", json!("../../dev/null"))),
        ("embedded key", with(&header, "jwk", jwk(&other))),
        ("jku", with(&header, "jku", json!("https://evil.example/keys"))),
    ] {
        forged.push((name.to_owned(), signed(&header, &claims, &other)));
    }
    let n = public["keys"][0]["n"].as_str().expect("a modulus");
    let modulus = BASE64URL_NOPAD.decode(n.as_bytes()).expect("base64url");
    let text = public["keys"][0].to_string().into_bytes();
    for (name, secret) in [("the modulus", modulus), ("the key as text", text)] {
        let message = format!("{}.{}", encode(&with(&header, "alg", json!("HS256"))), encode(&claims));
        let signature = hs256(&message, &secret);
        forged.push((format!("HS256 with {name}"), format!("{message}.{signature}")));
    }
    forged
}

/// The public key of a set of private ones.
fn jwk(keys: &str) -> Value {
    let public = PrivateKeys::parse(keys).expect("keys").public();
    let (kid, key) = public.iter().next().expect("a key");
    json!(key.jwk(kid))
}
