//! A signing key, and its subkeys for each purpose.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::{aead, hkdf};

use crate::error::{Cause, Error};
use crate::time::Timestamp;

/// What a subkey is for. What one subkey has made is worth nothing for another purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The tokens of sessions, before they were encrypted.
    Session,
    /// The keyed hashes in the tokens of devices and, before they were encrypted, those tokens.
    Device,
    /// The pseudonyms in the log.
    Log,
}

/// A key. It is never used itself: it has a cipher for each type of token, and subkeys for HMACs.
pub struct Key {
    kid: String,
    pub(super) signs_from: Timestamp,
    extracted: hkdf::Prk,
    session: Arc<Subkey>,
    device: Arc<Subkey>,
    log: Arc<Subkey>,
    /// The secret itself. It verifies the tokens that were signed before there were subkeys, and signs nothing.
    whole: Arc<Subkey>,
}

/// The key for one purpose: HKDF-SHA-256 (RFC 5869) of the secret, without a salt, with the purpose as `info`.
pub struct Subkey {
    pub(crate) signing: EncodingKey,
    pub(crate) verifying: DecodingKey,
}

impl Key {
    pub(super) fn parse(kid: String, secret: &str) -> Option<Self> {
        let signs_from = signs_from(&kid)?;
        let secret = decode(secret)?;
        let extracted = extract(&secret);
        let subkey = |purpose: Purpose| Some(Arc::new(Subkey::new(&derive(&extracted, purpose.label())?)));
        Some(Self {
            kid,
            signs_from,
            session: subkey(Purpose::Session)?,
            device: subkey(Purpose::Device)?,
            log: subkey(Purpose::Log)?,
            extracted,
            whole: Arc::new(Subkey::new(&secret)),
        })
    }

    /// The cipher for the tokens of one type: AES-256-GCM, with a key by HKDF-SHA-256 (RFC 5869) of the secret, without
    /// a salt, with `latchkey/<type>/A256GCM` as `info`. That text never changes, because no token could be opened.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key cannot be derived.
    pub(crate) fn cipher(&self, typ: &str) -> Result<aead::LessSafeKey, Error> {
        let info = [b"latchkey/", typ.as_bytes(), b"/A256GCM"];
        let key = self.extracted.expand(&info, &aead::AES_256_GCM);
        let key = key.map_err(|_| Error::internal("the key of a token cannot be derived"))?;
        Ok(aead::LessSafeKey::new(key.into()))
    }

    /// The subkey for a purpose.
    #[must_use]
    pub fn subkey(&self, purpose: Purpose) -> &Arc<Subkey> {
        match purpose {
            Purpose::Session => &self.session,
            Purpose::Device => &self.device,
            Purpose::Log => &self.log,
        }
    }

    /// The keys that may have signed a token for a purpose, when tokens were not encrypted.
    pub(crate) fn verifying(&self, purpose: Purpose) -> [&Arc<Subkey>; 2] {
        [self.subkey(purpose), &self.whole]
    }

    /// The name of the key, as the header of a token holds it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

impl Purpose {
    /// The `info` of HKDF. It never changes, because all that was signed would be invalid.
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"latchkey/session",
            Self::Device => b"latchkey/device",
            Self::Log => b"latchkey/log",
        }
    }
}

impl Subkey {
    pub(super) fn new(key: &[u8]) -> Self {
        Self { signing: EncodingKey::from_secret(key), verifying: DecodingKey::from_secret(key) }
    }

    /// The HMAC-SHA-256 of a message for one purpose, as 43 characters of base64url.
    ///
    /// What is signed contains a `#`, which the signed part of a token never does. So no HMAC is a token's signature.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be computed.
    pub(crate) fn hmac(&self, purpose: &str, message: &str) -> Result<String, Error> {
        let message = format!("{purpose}#{message}");
        jsonwebtoken::crypto::sign(message.as_bytes(), &self.signing, Algorithm::HS256)
            .map_err(|error| Error::Internal(Cause::from_error(&error)))
    }
}

/// The bytes of a secret. `None` unless they are at least 32 (RFC 7518, section 3.2), in base64url.
pub(super) fn decode(secret: &str) -> Option<Vec<u8>> {
    let secret = BASE64URL_NOPAD.decode(secret.trim_end_matches('=').as_bytes()).ok()?;
    (secret.len() >= 32).then_some(secret)
}

/// The first step of HKDF-SHA-256 (RFC 5869), without a salt.
pub(super) fn extract(secret: &[u8]) -> hkdf::Prk {
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(secret)
}

/// The second step, for one purpose.
pub(super) fn derive(extracted: &hkdf::Prk, label: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    extracted.expand(&[label], hkdf::HKDF_SHA256).ok()?.fill(&mut key).ok()?;
    Some(key)
}

/// The time from which the key of this name signs.
pub(super) fn signs_from(kid: &str) -> Option<Timestamp> {
    let time: i64 = kid.parse().ok()?;
    (time >= 0 && time.to_string() == kid).then_some(Timestamp::from_seconds(time))
}

/// Whether a key can have this name: seconds since 1970, in digits without leading zeros.
#[must_use]
pub fn is_kid(kid: &str) -> bool {
    signs_from(kid).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::hs256;

    #[test]
    fn what_is_signed_for_one_purpose_verifies_for_no_other() {
        hs256::install();
        let key = Key::parse("0".to_owned(), &"A".repeat(43)).unwrap();
        let purposes = [Purpose::Session, Purpose::Device, Purpose::Log];
        for one in purposes {
            let signature = key.subkey(one).hmac("x", "message").unwrap();
            for other in purposes {
                let verified = jsonwebtoken::crypto::verify(
                    &signature,
                    b"x#message",
                    &key.subkey(other).verifying,
                    Algorithm::HS256,
                );
                assert_eq!(verified.unwrap(), one == other, "{one:?} as {other:?}");
            }
            let whole = jsonwebtoken::crypto::verify(
                &signature,
                b"x#message",
                &key.whole.verifying,
                Algorithm::HS256,
            );
            assert!(!whole.unwrap(), "{one:?}");
        }
    }
}
