//! The format of the tokens: JWTs (RFC 7519), each bound to one purpose by its `typ`.
//!
//! A token is signed with HS256. It has exactly the headers `alg`, `typ` and `kid`, and exactly the claims of its type.
//!
//! The library only checks the signature. Its own validation would accept a missing or wrongly typed `iss`, `aud` or
//! `sub`, ignore `crit` and `typ`, and accept an `exp` of now. So everything else is checked here (RFC 8725, 3.8 to
//! 3.11; RFC 7515, 4.1.11).

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error};
use crate::keys::cache::Keys;
use crate::keys::key::{Key, Purpose, Subkey, is_kid};
use crate::time::{Seconds, Timestamp};

/// The longest token that is parsed, in bytes. Latchkey's own tokens have about 500.
const MAX_BYTES: usize = 2_048;
/// How far the clock of the execution environment that issued a token may be ahead of this one's.
const CLOCK_SKEW: Seconds = Seconds(60);

/// Issues and verifies the tokens of a stack.
pub struct Tokens {
    /// The name of the stack: `iss` and `aud` of its tokens.
    pub(super) stack: String,
    pub(super) keys: Arc<Keys>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens(…)")
    }
}

/// The claims of one type of token. Each implementation is a struct that denies unknown fields.
pub(super) trait Claims: Serialize + DeserializeOwned {
    /// The `typ` of the header. It changes whenever the claims change.
    const TYPE: &'static str;
    /// The purpose whose subkey signs the token.
    const PURPOSE: Purpose;

    /// The stack that issued the token, and the stack that it is for: `iss` and `aud`.
    fn stacks(&self) -> [&str; 2];

    /// When the token was issued, and when it expires: `iat` and `exp`, in seconds since 1970.
    fn times(&self) -> [i64; 2];
}

/// The headers of a token. Any other, such as `crit` or an embedded key, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

impl Tokens {
    /// The tokens of the stack with this name, signed with these keys.
    #[must_use]
    pub fn new(stack: String, keys: impl Into<Arc<Keys>>) -> Self {
        Self { stack, keys: keys.into() }
    }

    /// The claims of a token, and the subkey that signed it. `None` unless the token has this type, belongs to this
    /// stack and is valid at `now`.
    pub(super) fn open<C: Claims>(&self, token: &str, now: Timestamp) -> Option<(C, Arc<Subkey>)> {
        let header = header(token).filter(|header| header.typ == C::TYPE)?;
        let keys = self.keys.current().ok()?;
        let (claims, key) = keys.find(&header.kid)?.verifying(C::PURPOSE).into_iter().find_map(|key| {
            let token = jsonwebtoken::decode::<C>(token, &key.verifying, &signature_only()).ok()?;
            Some((token.claims, Arc::clone(key)))
        })?;
        let is_of_stack = claims.stacks().iter().all(|stack| *stack == self.stack);
        let [issued_at, expires_at] = claims.times();
        let is_valid_now = expires_at > now.as_seconds() && issued_at <= (now + CLOCK_SKEW).as_seconds();
        (is_of_stack && is_valid_now).then_some((claims, key))
    }
}

/// Signs a token with these claims.
pub(super) fn sign<C: Claims>(key: &Key, claims: &C) -> Result<String, Error> {
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(C::TYPE.to_owned());
    header.kid = Some(key.kid().to_owned());
    jsonwebtoken::encode(&header, claims, &key.subkey(C::PURPOSE).signing)
        .map_err(|error| Error::Internal(Cause::from_error(&error)))
}

/// The name of the key that signed a token. `None` unless Latchkey may have issued the token. Nothing is verified.
pub(crate) fn key_id(token: &str) -> Option<String> {
    header(token).map(|header| header.kid)
}

/// The header of a token that Latchkey may have issued.
fn header(token: &str) -> Option<StrictHeader> {
    let (encoded, _) = token.split_once('.').filter(|_| token.len() <= MAX_BYTES)?;
    let header: StrictHeader =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()?;
    (header.alg == "HS256" && is_kid(&header.kid)).then_some(header)
}

/// The library checks the signature alone. [`Tokens::open`] checks everything else, with the time of the request.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
