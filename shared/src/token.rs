//! The session token: a JWT (RFC 7519) that proves, without a call, that a request is worth a read.
//!
//! It is HS256 with exactly the headers `alg`, `typ` and `kid` and exactly the claims `iss`, `aud`, `sub`, `sid`, `iat`, `exp` and `role`.
//! The library's own validation accepts missing or wrongly typed `iss`, `aud` and `sub`, ignores
//! `crit` and `typ`, and accepts `exp` = now (RFC 8725, 3.8 to 3.11; RFC 7515, 4.1.11), so everything
//! but the signature is checked here.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error};
use crate::session::{Session, SessionId, SessionSecret};
use crate::time::{Seconds, Timestamp};
use crate::user::UserId;

/// The type of a session token. A change of its claims comes with a new one.
const TYPE: &str = "session+jwt";
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

/// Signs and verifies session tokens.
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

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
    role: String,
}

/// The headers that a token of ours has; a `crit` or an embedded key is refused as unknown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// What a verified token says: which session to look up. Only the session's row decides whether it is live.
#[derive(Debug)]
pub struct Presented {
    /// The user.
    pub user_id: UserId,
    /// The secret of the session.
    pub secret: SessionSecret,
}

impl Presented {
    /// The sort key of the session's row.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.secret.hashed()
    }
}

impl Tokens {
    /// Tokens of a stack, signed with one key; the others are accepted as well.
    #[must_use]
    pub fn new(stack: String, signing: Key, accepted: Vec<Key>) -> Self {
        Self { stack, signing, accepted }
    }

    /// The token of a session, for its cookie.
    ///
    /// # Errors
    /// [`Error::Internal`] when the signature cannot be computed.
    pub fn issue(
        &self,
        session: &Session,
        secret: &SessionSecret,
        role: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        let claims = Claims {
            iss: self.stack.clone(),
            aud: self.stack.clone(),
            sub: session.user_id.as_str().to_owned(),
            sid: secret.reveal(),
            iat: now.as_seconds(),
            exp: session.absolute_until.as_seconds(),
            role: role.to_owned(),
        };
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.signing.kid.clone());
        jsonwebtoken::encode(&header, &claims, &self.signing.signing)
            .map_err(|error| Error::Internal(Cause::of(&error)))
    }

    /// The session that a token names; none unless it is one of ours and of this time.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Presented> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let key = self.key_of(&header(token)?)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &signature_only()).ok()?.claims;
        let is_ours = claims.iss == self.stack && claims.aud == self.stack;
        let is_of_this_time = claims.exp > now.as_seconds() && claims.iat <= (now + CLOCK_SKEW).as_seconds();
        if !(is_ours && is_of_this_time) {
            return None;
        }
        Some(Presented { user_id: UserId::parse(&claims.sub)?, secret: SessionSecret::parse(&claims.sid)? })
    }

    fn key_of(&self, header: &StrictHeader) -> Option<&Key> {
        if header.alg != "HS256" || header.typ != TYPE {
            return None;
        }
        std::iter::once(&self.signing).chain(&self.accepted).find(|key| key.kid == header.kid)
    }
}

fn header(token: &str) -> Option<StrictHeader> {
    let (encoded, _) = token.split_once('.')?;
    serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?).ok()
}

/// Everything else is checked by [`Tokens::verify`], whose clock is the request's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
