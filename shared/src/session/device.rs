//! Known devices: where somebody has logged in before, a stranger's wrong guesses do not lock them out
//! (OWASP, "device cookies").
//!
//! A device is nothing but a random name in a cookie ([`crate::token`]). No row belongs to it, but for its own
//! counter of failures while there are any.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::account::user::{User, UserId};
use crate::error::Error;
use crate::random;

/// The name of a device: 128 random bits, as 22 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(String);

impl DeviceId {
    /// A new one.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(BASE64URL_NOPAD.encode(&random::bytes::<16>()?)))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A device and the account that it is known to. A raised epoch makes it unknown, as it ends the sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub id: DeviceId,
    /// Who logged in on it.
    pub user_id: UserId,
    /// The epoch of that user at that time.
    pub epoch: u64,
}

impl Device {
    /// A device on which a user has just logged in.
    #[must_use]
    pub fn new(id: DeviceId, user: &User) -> Self {
        Self { id, user_id: user.user_id.clone(), epoch: user.epoch }
    }
}
