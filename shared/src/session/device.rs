//! Known devices. An attacker's wrong guesses do not lock a user out of a device on which the user has logged in before
//! (OWASP, "device cookies").
//!
//! A device is a random name in a cookie ([`crate::token`]). It has no item, except its own counter while there are
//! failures on it.

use crate::account::user::{User, UserId};
use crate::session::device_id::DeviceId;

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
