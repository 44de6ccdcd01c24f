//! The device token: it proves that somebody has logged in to an account on this device before.
//!
//! It holds keyed hashes of the account's identifiers, so that the lane of a log-in can be chosen before
//! anything is read, and nobody who reads the cookie learns them without guessing (NIST SP 800-63B-4, 5.1.1).

use serde::{Deserialize, Serialize};

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::error::Error;
use crate::keys::key::Key;
use crate::session::device::{Device, DeviceId};
use crate::time::{Seconds, Timestamp};
use crate::token::jwt::{Claims, Tokens, sign};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceClaims {
    iss: String,
    aud: String,
    sub: UserId,
    epoch: u64,
    /// The device.
    did: DeviceId,
    /// The account's identifiers: the username's and the email's hash.
    ids: [String; 2],
    iat: i64,
    exp: i64,
}

impl Claims for DeviceClaims {
    const TYPE: &'static str = "device+jwt";

    fn stacks(&self) -> [&str; 2] {
        [&self.iss, &self.aud]
    }

    fn times(&self) -> [i64; 2] {
        [self.iat, self.exp]
    }
}

/// The HMAC-SHA-256 of a device and an identifier.
fn keyed_hash(key: &Key, device: &DeviceId, identifier: &Identifier) -> Result<String, Error> {
    key.hmac(&format!("device#{}#{}", device.as_str(), identifier.as_str()))
}

impl Tokens {
    /// The token of a device, for the account with these identifiers.
    ///
    /// # Errors
    /// [`Error::Internal`] when a hash or the signature cannot be computed.
    pub fn device_issue(
        &self,
        device: &Device,
        [username, email]: &[Identifier; 2],
        lifetime: Seconds,
        now: Timestamp,
    ) -> Result<String, Error> {
        let keys = self.keys.current()?;
        let key = keys.signing(now);
        let hash = |identifier| keyed_hash(key, &device.id, identifier);
        let claims = DeviceClaims {
            iss: self.stack.clone(),
            aud: self.stack.clone(),
            sub: device.user_id.clone(),
            epoch: device.epoch,
            did: device.id.clone(),
            ids: [hash(username)?, hash(email)?],
            iat: now.as_seconds(),
            exp: (now + lifetime).as_seconds(),
        };
        sign(key, &claims)
    }

    /// The device that a token names; none unless it is one of ours, of this time, and of an account that had this
    /// identifier. Whether it is the account that has it now, the credential says.
    #[must_use]
    pub fn device_verify(&self, token: &str, identifier: &Identifier, now: Timestamp) -> Option<Device> {
        let (claims, key) = self.open::<DeviceClaims>(token, now)?;
        let hash = keyed_hash(&key, &claims.did, identifier).ok()?;
        claims.ids.contains(&hash).then_some(Device {
            id: claims.did,
            user_id: claims.sub,
            epoch: claims.epoch,
        })
    }
}
