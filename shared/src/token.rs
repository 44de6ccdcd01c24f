//! The tokens in our cookies: JWTs (RFC 7519), each bound to one purpose by its `typ`.
//!
//! They are HS256 with exactly the headers `alg`, `typ` and `kid` and exactly the claims of their type.
//! The library's own validation accepts missing or wrongly typed `iss`, `aud` and `sub`, ignores
//! `crit` and `typ`, and accepts `exp` = now (RFC 8725, 3.8 to 3.11; RFC 7515, 4.1.11), so everything
//! but the signature is checked here.

mod device;
mod session;

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error};
use crate::time::{Seconds, Timestamp};
pub use crate::token::session::Presented;

/// The longest token that is looked at, in bytes; ours have about 500.
const MAX_BYTES: usize = 2_048;
/// How far the clock of the environment that issued a token may be ahead of ours.
const CLOCK_SKEW: Seconds = Seconds(60);

/// A key that tokens are signed with, and the `kid` that names it.
pub struct Key {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl Key {
    /// The fewest bytes of a secret (RFC 7518, 3.2).
    pub const MIN_BYTES: usize = 32;

    /// A key from at least [`Key::MIN_BYTES`] random bytes.
    #[must_use]
    pub fn new(kid: String, secret: &[u8]) -> Option<Self> {
        (secret.len() >= Self::MIN_BYTES).then(|| Self {
            kid,
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
        })
    }

    /// The name of the key in the header of a token.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// Signs and verifies tokens.
pub struct Tokens {
    /// Names the stack: `iss` and `aud` of its tokens.
    stack: String,
    signing: Key,
    accepted: Vec<Key>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens(…)")
    }
}

/// The claims of one type of token. Each is a structure that denies unknown fields.
trait Claims: Serialize + DeserializeOwned {
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
    /// Tokens of a stack, signed with one key; the others are accepted as well.
    #[must_use]
    pub fn new(stack: String, signing: Key, accepted: Vec<Key>) -> Self {
        Self { stack, signing, accepted }
    }

    fn sign<C: Claims>(&self, claims: &C) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(C::TYPE.to_owned());
        header.kid = Some(self.signing.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.signing.signing)
            .map_err(|error| Error::Internal(Cause::of(&error)))
    }

    /// The claims of a token, and the key that signed it; none unless it is of this type, of this stack and of this time.
    fn open<C: Claims>(&self, token: &str, now: Timestamp) -> Option<(C, &Key)> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let key = self.key_of(&header(token)?, C::TYPE)?;
        let claims = jsonwebtoken::decode::<C>(token, &key.verifying, &signature_only()).ok()?.claims;
        let is_ours = claims.stacks().iter().all(|stack| *stack == self.stack);
        let [issued_at, expires_at] = claims.times();
        let is_of_this_time = expires_at > now.as_seconds() && issued_at <= (now + CLOCK_SKEW).as_seconds();
        (is_ours && is_of_this_time).then_some((claims, key))
    }

    fn key_of(&self, header: &StrictHeader, of_type: &str) -> Option<&Key> {
        if header.alg != "HS256" || header.typ != of_type {
            return None;
        }
        std::iter::once(&self.signing).chain(&self.accepted).find(|key| key.kid == header.kid)
    }
}

fn header(token: &str) -> Option<StrictHeader> {
    let (encoded, _) = token.split_once('.')?;
    serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()
}

/// Everything else is checked by [`Tokens::open`], whose clock is the request's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
