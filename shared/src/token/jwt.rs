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

use crate::aws::Aws;
use crate::config::{ConfigError, Environment};
use crate::error::{Cause, Error};
use crate::keys;
use crate::keys::cache::Keys;
use crate::keys::key::Key;
use crate::time::{Seconds, Timestamp};

/// The longest token that is looked at, in bytes; ours have about 500.
const MAX_BYTES: usize = 2_048;
/// How far the clock of the environment that issued a token may be ahead of ours.
const CLOCK_SKEW: Seconds = Seconds(60);

/// Signs and verifies tokens.
pub struct Tokens {
    /// Names the stack: `iss` and `aud` of its tokens.
    pub(super) stack: String,
    pub(super) keys: Keys,
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
    pub fn new(stack: String, keys: Keys) -> Self {
        Self { stack, keys }
    }

    /// The tokens of this environment's stack.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong.
    pub fn from_environment(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let stack = environment.required("STACK_NAME", "set it to the name of the stack")?;
        Ok(Self::new(stack, Keys::new(environment, aws)?))
    }

    /// Reads the signing keys, at the start.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn load(&self, now: Timestamp) -> Result<(), ConfigError> {
        self.keys.load(now).await
    }

    /// Sees to it that the keys are new enough to judge these tokens, and to sign at this time.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when one of the tokens may be of a newer key than can be read now.
    pub async fn refresh(&self, tokens: impl Iterator<Item = &str>, now: Timestamp) -> Result<(), Error> {
        let kids: Vec<String> = tokens.filter_map(header).map(|header| header.kid).collect();
        self.keys.refresh(&kids, now).await
    }

    /// The name of the stack.
    pub(crate) fn stack(&self) -> &str {
        &self.stack
    }

    /// For how long the keys could not be read.
    pub(crate) fn keys_overdue(&self, now: Timestamp) -> Seconds {
        self.keys.overdue(now)
    }

    /// Stands for somebody where nobody should be told: the first 96 bits of a HMAC-SHA-256 under the key that signs
    /// now. What is signed for a token never holds a `#`.
    pub(crate) fn pseudonym(&self, kind: &str, what: &str, now: Timestamp) -> Option<String> {
        let keys = self.keys.current().ok()?;
        let message = format!("log#{kind}#{what}");
        let mut hash =
            jsonwebtoken::crypto::sign(message.as_bytes(), &keys.signing(now).signing, Algorithm::HS256)
                .ok()?;
        hash.truncate(16);
        Some(hash)
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

/// The header of a token that may be ours.
fn header(token: &str) -> Option<StrictHeader> {
    let (encoded, _) = token.split_once('.').filter(|_| token.len() <= MAX_BYTES)?;
    let header: StrictHeader =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()?;
    (header.alg == "HS256" && keys::is_kid(&header.kid)).then_some(header)
}

/// Everything else is checked by [`Tokens::open`], whose clock is the request's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
