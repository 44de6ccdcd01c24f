//! The secret of a session: only its holder has it, and the row has its hash.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::random;

/// The `sid` of a session: 256 random bits that only its holder has. It is never printed or stored.
pub struct SessionSecret([u8; 32]);

impl fmt::Debug for SessionSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionSecret(…)")
    }
}

impl SessionSecret {
    /// A new one.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random::bytes()?))
    }

    /// Reads the text of a token; none when it cannot be one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// For the token: 43 characters of base64url.
    #[must_use]
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// For the key of the row.
    #[must_use]
    pub fn hashed(&self) -> SessionId {
        SessionId(BASE64URL_NOPAD.encode(&Sha256::digest(self.0)))
    }
}

/// The sort key of a session's row: the SHA-256 of its secret, as 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_never_shown() {
        let secret = SessionSecret::random().unwrap();
        let read = SessionSecret::parse(&secret.reveal()).unwrap();
        assert_eq!(read.hashed(), secret.hashed());
        assert_ne!(secret.hashed().as_str(), secret.reveal());
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
        assert!(SessionSecret::parse("AAAA").is_none());
    }
}
