//! Secrets that let their holder in: that of a session, that of a proof, and the tokens in responses. Only the holder
//! has the secret; the item has its hash.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::random;

/// 256 random bits that only the holder has, such as the `sid` of a session token. They are never printed or stored.
pub struct BearerSecret([u8; 32]);

impl fmt::Debug for BearerSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BearerSecret(…)")
    }
}

impl BearerSecret {
    /// A new secret.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random::bytes()?))
    }

    /// Parses a secret. `None` unless it is 32 bytes in base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The secret for its holder, as 43 characters of base64url.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// The hash for the key of the item.
    #[must_use]
    pub fn hashed(&self) -> SecretHash {
        SecretHash(BASE64URL_NOPAD.encode(&Sha256::digest(self.0)))
    }
}

/// A token for its client alone, in a response. It is never printed.
#[derive(Serialize)]
#[serde(transparent)]
pub struct IssuedToken(String);

impl fmt::Debug for IssuedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IssuedToken(…)")
    }
}

impl IssuedToken {
    /// The token with this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

/// The key of the item of a secret: the SHA-256 of the secret, as 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(String);

impl SecretHash {
    /// Parses a key. `None` unless it is 32 bytes in base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The key, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_parsed_again_and_never_printed() {
        let secret = BearerSecret::random().unwrap();
        let read = BearerSecret::parse(&secret.reveal()).unwrap();
        assert_eq!(read.hashed(), secret.hashed());
        assert_ne!(secret.hashed().as_str(), secret.reveal());
        assert_eq!(format!("{secret:?}"), "BearerSecret(…)");
        assert!(BearerSecret::parse("AAAA").is_none());
    }
}
