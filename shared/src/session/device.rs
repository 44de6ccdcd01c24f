//! Known devices. An attacker's wrong guesses do not lock a user out of a device on which the user has logged in before
//! (OWASP, "device cookies").
//!
//! A device is a random name in a cookie ([`crate::token`]). It has no item, except its own counter while there are
//! failures on it.

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

/// A device and the account that knows it. Raising the account's epoch makes the device unknown and ends all sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The name of the device.
    pub id: DeviceId,
    /// The user who logged in on it.
    pub user_id: UserId,
    /// The user's epoch at that time.
    pub epoch: u64,
}

impl Device {
    /// The device with this name, on which a user has just logged in or signed up.
    #[must_use]
    pub fn new(id: DeviceId, user: &User) -> Self {
        Self { id, user_id: user.user_id.clone(), epoch: user.epoch }
    }
}
