//! Access tokens, verified as every other API does it: with the public keys.

use data_encoding::BASE64URL_NOPAD;
use latchkey::account::UserId;
use latchkey::error::Error;
use latchkey::keys::PublicKey;
use latchkey::secret::SecretHash;
use latchkey::store::PublishedKeys;
use latchkey::time::{Seconds, Timestamp};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The longest token that is parsed, in bytes: Latchkey issues none that is longer.
const MAX_BYTES: usize = 4_096;
/// How far the clock of the execution environment that issued a token may be ahead of this one's.
const CLOCK_SKEW: Seconds = Seconds(60);

/// The header of a token. One with other members, such as a key of its own, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// The claims that decide. A token has others, too.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    sid: String,
}

/// The session that an access token names. It says nothing about whether the session is active.
pub(crate) struct Named {
    pub(crate) user_id: UserId,
    pub(crate) session_id: SecretHash,
}

/// The session that a token names. `None` unless one of the keys has signed the token, and it is of this issuer, for
/// this audience and valid at `now`.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`] when the keys cannot be read.
pub(crate) async fn verify(
    token: &str,
    keys: &PublishedKeys,
    [issuer, audience]: [&str; 2],
    now: Timestamp,
) -> Result<Option<Named>, Error> {
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let [header, claims, signature] = parts.as_slice() else { return Ok(None) };
    let parsed: Option<Header> = decode(header).filter(|_| token.len() <= MAX_BYTES);
    let Some(parsed) = parsed.filter(|header| header.alg == "RS256" && header.typ == "at+jwt") else {
        return Ok(None);
    };
    let Some(key) = keys.find(&parsed.kid, now).await? else { return Ok(None) };
    if !is_signed(&key, &format!("{header}.{claims}"), signature) {
        return Ok(None);
    }
    let claims: Option<Claims> = decode(claims);
    let is_valid = |claims: &Claims| {
        claims.iss == issuer
            && claims.aud == audience
            && claims.exp > now.as_seconds()
            && claims.iat <= (now + CLOCK_SKEW).as_seconds()
    };
    Ok(claims.filter(is_valid).and_then(|claims| {
        Some(Named { user_id: UserId::parse(&claims.sub)?, session_id: SecretHash::parse(&claims.sid)? })
    }))
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
}

fn is_signed(key: &PublicKey, message: &str, signature: &str) -> bool {
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let signed = || {
        let key = RsaPublicKeyComponents { n: decode(&key.n)?, e: decode(&key.e)? };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &decode(signature)?).ok()
    };
    signed().is_some()
}
