//! A signing key.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use crate::error::{Cause, Error};
use crate::time::Timestamp;

/// A key, which signs and verifies tokens with HS256.
pub struct Key {
    kid: String,
    pub(super) signs_from: Timestamp,
    pub(crate) signing: EncodingKey,
    pub(crate) verifying: DecodingKey,
}

impl Key {
    /// The fewest bytes of a secret (RFC 7518, section 3.2).
    const MIN_BYTES: usize = 32;

    pub(super) fn parse(kid: String, secret: &str) -> Option<Self> {
        let signs_from = signs_from(&kid)?;
        let secret = BASE64URL_NOPAD.decode(secret.trim_end_matches('=').as_bytes()).ok()?;
        (secret.len() >= Self::MIN_BYTES).then(|| Self {
            kid,
            signs_from,
            signing: EncodingKey::from_secret(&secret),
            verifying: DecodingKey::from_secret(&secret),
        })
    }

    /// The HMAC-SHA-256 of a message for one purpose, as 43 characters of base64url.
    ///
    /// What is signed contains a `#`, which the signed part of a token never does. So no HMAC is a token's signature.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be computed.
    pub(crate) fn hmac(&self, purpose: &str, message: &str) -> Result<String, Error> {
        let message = format!("{purpose}#{message}");
        jsonwebtoken::crypto::sign(message.as_bytes(), &self.signing, Algorithm::HS256)
            .map_err(|error| Error::Internal(Cause::from_error(&error)))
    }

    /// The name of the key, as the header of a token holds it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// The time from which the key of this name signs.
fn signs_from(kid: &str) -> Option<Timestamp> {
    let time: i64 = kid.parse().ok()?;
    (time >= 0 && time.to_string() == kid).then_some(Timestamp::from_seconds(time))
}

/// Whether a key can have this name: seconds since 1970, in digits without leading zeros.
#[must_use]
pub fn is_kid(kid: &str) -> bool {
    signs_from(kid).is_some()
}
