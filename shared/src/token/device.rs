//! The device token. It proves that a user has logged in or signed up on this device before.
//!
//! It holds keyed hashes of the account's identifiers. So a login can choose its counter before it reads anything, and
//! the cookie does not reveal the identifiers (NIST SP 800-63B-4, 5.1.1).

use serde::{Deserialize, Serialize};

use crate::account::identifier::Identifier;
use crate::account::user::UserId;
use crate::error::Error;
use crate::keys::key::{Purpose, Subkey};
use crate::session::device::Device;
use crate::session::device_id::DeviceId;
use crate::time::{Seconds, Timestamp};
use crate::token::claims::Claims;
use crate::token::tokens::Tokens;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceClaims {
    iss: String,
    aud: String,
    sub: UserId,
    epoch: u64,
    /// The name of the device.
    did: DeviceId,
    /// The keyed hashes of the account's username and email.
    ids: [String; 2],
    /// Whether the user has shown a second factor on this device. Nothing asks for one yet, so it is always `false`. A
    /// token from before there was this claim has none.
    #[serde(default)]
    second: bool,
    iat: i64,
    exp: i64,
}

impl Claims for DeviceClaims {
    const TYPE: &'static str = "device+jwt";
    const PURPOSE: Option<Purpose> = Some(Purpose::Device);

    fn stacks(&self) -> [&str; 2] {
        [&self.iss, &self.aud]
    }

    fn times(&self) -> [i64; 2] {
        [self.iat, self.exp]
    }
}

/// The HMAC-SHA-256 of a device and an identifier, in base64url.
fn keyed_hash(key: &Subkey, device: &DeviceId, identifier: &Identifier) -> Result<String, Error> {
    key.hmac("device", &format!("{}#{}", device.as_str(), identifier.as_str()))
}

impl Tokens {
    /// Issues the token of a device, for the account with these identifiers: the username's, then the email's.
    ///
    /// # Errors
    /// [`Error::Internal`] when a hash cannot be computed, or the token not be encrypted.
    pub fn device_issue(
        &self,
        device: &Device,
        [username, email]: &[Identifier; 2],
        lifetime: Seconds,
        now: Timestamp,
    ) -> Result<String, Error> {
        let keys = self.keys.current()?;
        let key = keys.signing(now);
        let hash = |identifier| keyed_hash(key.subkey(Purpose::Device), &device.id, identifier);
        let claims = DeviceClaims {
            iss: self.stack.clone(),
            aud: self.stack.clone(),
            sub: device.user_id.clone(),
            epoch: device.epoch,
            did: device.id.clone(),
            ids: [hash(username)?, hash(email)?],
            second: false,
            iat: now.as_seconds(),
            exp: (now + lifetime).as_seconds(),
        };
        self.seal(&claims, now)
    }

    /// The device that a token names. `None` unless the token is valid at `now`, and its account had this identifier
    /// when it was issued. Only the credential says whether the account still has it.
    #[must_use]
    pub fn device_verify(&self, token: &str, identifier: &Identifier, now: Timestamp) -> Option<Device> {
        let (claims, key) = self.open::<DeviceClaims>(token, now)?;
        let key = key?;
        let hash = keyed_hash(&key, &claims.did, identifier).ok()?;
        claims.ids.contains(&hash).then_some(Device {
            id: claims.did,
            user_id: claims.sub,
            epoch: claims.epoch,
        })
    }
}
