//! The tokens in our cookies: JWTs (RFC 7519), each bound to one purpose by its `typ`.
//!
//! They are HS256 with exactly the headers `alg`, `typ` and `kid` and exactly the claims of their type.
//! The library's own validation accepts missing or wrongly typed `iss`, `aud` and `sub`, ignores
//! `crit` and `typ`, and accepts `exp` = now (RFC 8725, 3.8 to 3.11; RFC 7515, 4.1.11), so everything
//! but the signature is checked here.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error};
use crate::keys::cache::Keys;
use crate::keys::key::{Key, is_kid};
use crate::time::{Seconds, Timestamp};

/// The longest token that is looked at, in bytes; ours have about 500.
const MAX_BYTES: usize = 2_048;
/// How far the clock of the environment that issued a token may be ahead of ours.
const CLOCK_SKEW: Seconds = Seconds(60);

/// Signs and verifies tokens.
pub struct Tokens {
    /// Names the stack: `iss` and `aud` of its tokens.
    pub(super) stack: String,
    pub(super) keys: Arc<Keys>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens(…)")
    }
}

/// The claims of one type of token. Each is a structure that denies unknown fields.
pub(super) trait Claims: Serialize + DeserializeOwned {
    /// The `typ` of the header. A change of the claims comes with a new one.
    const TYPE: &'static str;

    /// The stack that issued the token, and the one that it is for: `iss` and `aud`.
    fn stacks(&self) -> [&str; 2];

    /// When it was issued, and from when on it is worth nothing: `iat` and `exp`, in seconds since 1970.
    fn times(&self) -> [i64; 2];
}

/// The headers that a token of ours has; a `crit` or an embedded key is refused as unknown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

impl Tokens {
    /// Tokens of a stack.
    #[must_use]
    pub fn new(stack: String, keys: impl Into<Arc<Keys>>) -> Self {
        Self { stack, keys: keys.into() }
    }

    /// The claims of a token, and the key that signed it; none unless it is of this type, of this stack and of this time.
    pub(super) fn open<C: Claims>(&self, token: &str, now: Timestamp) -> Option<(C, Arc<Key>)> {
        let header = header(token).filter(|header| header.typ == C::TYPE)?;
        let key = self.keys.current().ok()?.find(&header.kid)?.clone();
        let claims = jsonwebtoken::decode::<C>(token, &key.verifying, &signature_only()).ok()?.claims;
        let is_ours = claims.stacks().iter().all(|stack| *stack == self.stack);
        let [issued_at, expires_at] = claims.times();
        let is_of_this_time = expires_at > now.as_seconds() && issued_at <= (now + CLOCK_SKEW).as_seconds();
        (is_ours && is_of_this_time).then_some((claims, key))
    }
}

/// A token of these claims.
pub(super) fn sign<C: Claims>(key: &Key, claims: &C) -> Result<String, Error> {
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(C::TYPE.to_owned());
    header.kid = Some(key.kid().to_owned());
    jsonwebtoken::encode(&header, claims, &key.signing)
        .map_err(|error| Error::Internal(Cause::from_error(&error)))
}

/// The name of the key that has signed a token, if the token may be ours.
pub(crate) fn key_id(token: &str) -> Option<String> {
    header(token).map(|header| header.kid)
}

/// The header of a token that may be ours.
fn header(token: &str) -> Option<StrictHeader> {
    let (encoded, _) = token.split_once('.').filter(|_| token.len() <= MAX_BYTES)?;
    let header: StrictHeader =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()?;
    (header.alg == "HS256" && is_kid(&header.kid)).then_some(header)
}

/// Everything else is checked by [`Tokens::open`], whose clock is the request's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
