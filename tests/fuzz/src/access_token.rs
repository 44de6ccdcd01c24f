//! Access tokens that the right key has signed: the first line is the header, and the rest are the claims. And the
//! bytes themselves as a token.

use std::sync::LazyLock;

use authorizer::access_token::{key_id, named};
use data_encoding::BASE64URL_NOPAD;
use latchkey::keys::{PrivateKeys, PublicKey};
use latchkey::time::Timestamp;
use rotation::access_tokens;
use serde_json::Value;

use crate::claims::{is_id, members};

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "orders";

static KEYS: LazyLock<PrivateKeys> = LazyLock::new(|| {
    let keys = access_tokens::first(Timestamp::from_seconds(0)).expect("a key pair");
    PrivateKeys::parse(&keys).expect("keys")
});
static KEY: LazyLock<PublicKey> = LazyLock::new(|| KEYS.public().into_values().next().expect("a public key"));

/// A token is accepted if, and only if, its header is exactly that of an access token, and its claims are those of this
/// issuer, this audience and now.
pub fn access_token(data: &[u8]) {
    if let Ok(token) = std::str::from_utf8(data) {
        assert!(
            named(token, &KEY, [ISSUER, AUDIENCE], crate::NOW).is_none(),
            "it has no signature of the key"
        );
        let _ = key_id(token);
    }
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, claims) = (&data[..line], data.get(line + 1..).unwrap_or_default());
    let message = [header, claims].map(|part| BASE64URL_NOPAD.encode(part)).join(".");
    let key = KEYS.signing(crate::NOW).expect("a key");
    let signature = BASE64URL_NOPAD.encode(&key.sign(message.as_bytes()).expect("a signature"));
    let token = format!("{message}.{signature}");
    let kid = key_id(&token);
    assert_eq!(kid, kid_of(header).filter(|_| token.len() <= 4_096));
    let found = kid.and_then(|_| named(&token, &KEY, [ISSUER, AUDIENCE], crate::NOW));
    assert_eq!(found.is_some(), token.len() <= 4_096 && kid_of(header).is_some() && are_good(claims));
    if let Some(found) = found {
        let claims: Value = serde_json::from_slice(claims).expect("JSON");
        assert_eq!(claims["sub"], found.user_id.as_str());
        assert_eq!(claims["sid"], found.session_id.as_str());
    }
}

fn kid_of(header: &[u8]) -> Option<String> {
    let members = members(header)?;
    let texts: Vec<(&str, &str)> =
        members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    match texts.as_slice() {
        [("alg", "RS256"), ("kid", kid), ("typ", "at+jwt")] if members.len() == 3 => Some((*kid).to_owned()),
        _ => None,
    }
}

/// Whether each of the claims that decide is there once, and right.
fn are_good(claims: &[u8]) -> bool {
    let members = members(claims).unwrap_or_default();
    let only = |name: &str| {
        let mut found = members.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        found.next().filter(|_| found.next().is_none())
    };
    let now = crate::NOW.as_seconds();
    only("iss").is_some_and(|iss| iss == ISSUER)
        && only("aud").is_some_and(|aud| aud == AUDIENCE)
        && only("exp").and_then(Value::as_i64).is_some_and(|exp| exp > now)
        && only("iat").and_then(Value::as_i64).is_some_and(|iat| iat <= now + 60)
        && only("sub").is_some_and(|sub| is_id(sub, 16))
        && only("sid").is_some_and(|sid| is_id(sid, 32))
}
