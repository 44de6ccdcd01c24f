//! The private keys that sign access tokens: RSA key pairs of 2,048 bits, each with the time from which it signs.
//!
//! As text, a set is a JSON object like that of the signing keys. The name of a member is the time from which the key
//! signs, in seconds since 1970. The value is the key pair in PKCS #8 (RFC 5958), in base64url. The set may be empty: a
//! new stack has no key until the first rotation.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use crate::error::Error;
use crate::keys::key::signs_from;
use crate::keys::public_keys::{PublicKey, PublicKeys};
use crate::time::Timestamp;

/// A private key.
pub struct PrivateKey {
    pair: KeyPair,
    public: PublicKey,
    kid: String,
}

/// The private keys of a stack, in the order of the times from which they sign. It may be empty.
pub struct PrivateKeys(Vec<PrivateKey>);

impl PrivateKey {
    fn parse(name: &str, pair: &str) -> Option<Self> {
        let pair = KeyPair::from_pkcs8(&BASE64URL_NOPAD.decode(pair.as_bytes()).ok()?).ok()?;
        let PublicKeyComponents::<Vec<u8>> { n, e } = pair.public_key().into();
        let [n, e] = [n, e].map(|number| BASE64URL_NOPAD.encode(&number));
        let public = PublicKey { n, e, signs_from: signs_from(name)?, gone_at: None };
        Some(Self { pair, kid: public.kid(), public })
    }

    /// The name of the key: the thumbprint of the public key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The signature of a message with RS256 (RFC 7518, 3.3).
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be computed.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.map_err(|_| Error::internal("an access token cannot be signed"))?;
        Ok(signature)
    }
}

impl PrivateKeys {
    /// The form of a set as text, as the end of a sentence for the operator who has to write one.
    pub const SHAPE: &'static str = "must be a JSON object like {\"0\": \"…\"}: each name is the time from which the \
        key signs, in seconds since 1970, and each value is an RSA key pair in PKCS #8, in base64url";

    /// Parses a set. `None` unless the text has the form that [`Self::SHAPE`] describes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let members: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let keys = members.iter().map(|(name, pair)| PrivateKey::parse(name, pair));
        let mut keys: Vec<PrivateKey> = keys.collect::<Option<_>>()?;
        keys.sort_by_key(|key| key.public.signs_from);
        Some(Self(keys))
    }

    /// Parses the set that the secret holds.
    ///
    /// # Errors
    /// [`Error::Internal`] when it has another form.
    pub fn of_secret(text: &str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| Error::internal(&format!("the secret {}", Self::SHAPE)))
    }

    /// The key that signs at `now`: the latest whose time has come. `None` if there is none.
    #[must_use]
    pub fn signing(&self, now: Timestamp) -> Option<&PrivateKey> {
        self.0.iter().rfind(|key| key.public.signs_from <= now)
    }

    /// The public key of each.
    #[must_use]
    pub fn public(&self) -> PublicKeys {
        self.0.iter().map(|key| (key.kid.clone(), key.public.clone())).collect()
    }
}

impl fmt::Debug for PrivateKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKeys(…)")
    }
}
