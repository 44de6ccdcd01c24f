//! Access tokens, verified as every other API does it: with the public keys.
//!
//! The crate `jsonwebtoken` would compare `exp` with the system's clock, which no test can set, and would need a second
//! library for RSA beside `ring`.

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
#[derive(Debug)]
pub struct Named {
    /// The user's id.
    pub user_id: UserId,
    /// The sort key of the session's item.
    pub session_id: SecretHash,
}

/// The session that a token names. `None` unless one of the keys has signed the token, and it is of this issuer, for
/// this audience and valid at `now`.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`] when the keys cannot be read.
pub(crate) async fn verify(
    token: &str,
    keys: &PublishedKeys,
    names: [&str; 2],
    now: Timestamp,
) -> Result<Option<Named>, Error> {
    let Some(kid) = key_id(token) else { return Ok(None) };
    let key = keys.find(&kid, now).await?;
    Ok(key.and_then(|key| named(token, &key, names, now)))
}

/// The name of the key of a token. `None` if it is no access token. Nothing is verified.
#[must_use]
pub fn key_id(token: &str) -> Option<String> {
    let (header, _) = token.split_once('.')?;
    let header: Header = decode(header).filter(|_| token.len() <= MAX_BYTES)?;
    (header.alg == "RS256" && header.typ == "at+jwt").then_some(header.kid)
}

/// The session that a token names, whose header [`key_id`] has read. `None` unless this key has signed it, and it is of
/// this issuer, for this audience and valid at `now`.
#[must_use]
pub fn named(token: &str, key: &PublicKey, [issuer, audience]: [&str; 2], now: Timestamp) -> Option<Named> {
    let (message, signature) = token.rsplit_once('.')?;
    let (_, claims) = message.split_once('.')?;
    if !is_signed(key, message, signature) {
        return None;
    }
    let claims: Claims = decode(claims)?;
    let is_valid = claims.iss == issuer
        && claims.aud == audience
        && claims.exp > now.as_seconds()
        && claims.iat <= (now + CLOCK_SKEW).as_seconds();
    let (user_id, session_id) = (UserId::parse(&claims.sub)?, SecretHash::parse(&claims.sid)?);
    is_valid.then_some(Named { user_id, session_id })
}

fn bytes(part: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(part.as_bytes()).ok()
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    // `from_slice` would not notice that a text which is ignored is no UTF-8.
    serde_json::from_str(std::str::from_utf8(&bytes(part)?).ok()?).ok()
}

fn is_signed(key: &PublicKey, message: &str, signature: &str) -> bool {
    let signed = || {
        let key = RsaPublicKeyComponents { n: bytes(&key.n)?, e: bytes(&key.e)? };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &bytes(signature)?).ok()
    };
    signed().is_some()
}
