//! The secret of a session. Only its holder has it; the item has its hash.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::random;

/// The `sid` of a session token: 256 random bits that only the session's holder has. It is never printed or stored.
pub struct SessionSecret([u8; 32]);

impl fmt::Debug for SessionSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionSecret(…)")
    }
}

impl SessionSecret {
    /// A new secret.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random::bytes()?))
    }

    /// Parses the `sid` of a token. `None` unless it is 32 bytes in base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The secret for the session token, as 43 characters of base64url.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// The hash for the key of the item.
    #[must_use]
    pub fn hashed(&self) -> SessionId {
        SessionId(BASE64URL_NOPAD.encode(&Sha256::digest(self.0)))
    }
}

/// The sort key of a session's item: the SHA-256 of the secret, as 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
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
        let secret = SessionSecret::random().unwrap();
        let read = SessionSecret::parse(&secret.reveal()).unwrap();
        assert_eq!(read.hashed(), secret.hashed());
        assert_ne!(secret.hashed().as_str(), secret.reveal());
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
        assert!(SessionSecret::parse("AAAA").is_none());
    }
}
