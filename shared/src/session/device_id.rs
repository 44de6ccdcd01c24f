//! The names of known devices.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::random;

/// The name of a device: 128 random bits, as 22 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(String);

impl DeviceId {
    /// A new name.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system provides no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(BASE64URL_NOPAD.encode(&random::bytes::<16>()?)))
    }

    /// The name, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
