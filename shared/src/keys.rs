//! The signing keys: a set of them, each with the time from which on it signs.
//!
//! As text a set is a JSON object with a member for each key. The member's name is the time, in seconds since
//! 1970, and the `kid` (RFC 7515, 4.1.4) of what the key signs; its value is the secret, at least 32 random
//! bytes in base64url. All keys of a set are accepted, and of those whose time has come the latest signs.
//! So a key can be accepted everywhere before the first token that it signs.

mod cache;
mod hs256;
mod rotation;
mod secret;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{DecodingKey, EncodingKey};

pub use self::cache::Keys;
pub use self::rotation::{Rotation, Step};
use crate::time::Timestamp;

/// A key.
pub struct Key {
    kid: String,
    signs_from: Timestamp,
    pub(crate) signing: EncodingKey,
    pub(crate) verifying: DecodingKey,
}

impl Key {
    /// The fewest bytes of a secret (RFC 7518, 3.2).
    const MIN_BYTES: usize = 32;

    fn parse(kid: String, secret: &str) -> Option<Self> {
        let signs_from = signs_from(&kid)?;
        let secret = BASE64URL_NOPAD.decode(secret.trim_end_matches('=').as_bytes()).ok()?;
        (secret.len() >= Self::MIN_BYTES).then(|| Self {
            kid,
            signs_from,
            signing: EncodingKey::from_secret(&secret),
            verifying: DecodingKey::from_secret(&secret),
        })
    }

    /// The name of the key in the header of a token.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// From when on the key of this name signs.
fn signs_from(kid: &str) -> Option<Timestamp> {
    let time: i64 = kid.parse().ok()?;
    (time >= 0 && time.to_string() == kid).then_some(Timestamp::from_seconds(time))
}

/// Whether a key can have this name.
#[must_use]
pub fn is_kid(kid: &str) -> bool {
    signs_from(kid).is_some()
}

/// The keys of a stack, at least one.
pub struct KeySet {
    first: Arc<Key>,
    /// By the time from which on they sign.
    later: Vec<Arc<Key>>,
}

impl KeySet {
    /// What the text of a set is like, for whoever has to write one.
    pub const SHAPE: &'static str = "must be a JSON object like {\"0\": \"…\"}: its names say from when on each key signs, in \
        seconds since 1970, and its values are at least 32 random bytes in base64url";

    /// Reads a set.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        hs256::install();
        let members: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let keys = members.into_iter().map(|(kid, secret)| Key::parse(kid, &secret).map(Arc::new));
        let mut keys: Vec<Arc<Key>> = keys.collect::<Option<_>>()?;
        keys.sort_by_key(|key| key.signs_from);
        let mut keys = keys.into_iter();
        Some(Self { first: keys.next()?, later: keys.collect() })
    }

    /// The key that signs now: the latest whose time has come. Before that of the first one it is the first one.
    #[must_use]
    pub fn signing(&self, now: Timestamp) -> &Arc<Key> {
        self.later.iter().rfind(|key| key.signs_from <= now).unwrap_or(&self.first)
    }

    /// The key of this name.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Arc<Key>> {
        std::iter::once(&self.first).chain(&self.later).find(|key| key.kid == kid)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeySet(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 bytes.
    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn the_latest_key_whose_time_has_come_signs_and_all_are_found() {
        let keys = format!(r#"{{"1000":"{SECRET}","0":"{SECRET}","90":"{SECRET}="}}"#);
        let keys = KeySet::parse(&keys).unwrap();
        for (now, kid) in [(-1, "0"), (0, "0"), (89, "0"), (90, "90"), (999, "90"), (1_000, "1000")] {
            assert_eq!(keys.signing(Timestamp::from_seconds(now)).kid(), kid, "{now}");
        }
        for kid in ["0", "90", "1000"] {
            assert_eq!(keys.find(kid).unwrap().kid(), kid);
        }
        assert!(keys.find("1").is_none());
        let future = KeySet::parse(&format!(r#"{{"1000":"{SECRET}"}}"#)).unwrap();
        assert_eq!(future.signing(Timestamp::from_seconds(0)).kid(), "1000");
    }

    #[test]
    fn a_set_without_keys_or_with_an_odd_one_is_none() {
        for text in [
            String::new(),
            "{}".to_owned(),
            "[]".to_owned(),
            format!("0:{SECRET}"),
            format!(r#"{{"0":"{SECRET}""#),
            format!(r#"{{"0":"{}"}}"#, &SECRET[..42]),
            format!(r#"{{"0":"{SECRET}","1":""}}"#),
            r#"{"0":"correct horse battery staple, and more of it"}"#.to_owned(),
            r#"{"0":["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]}"#.to_owned(),
            format!(r#"{{"00":"{SECRET}"}}"#),
            format!(r#"{{"-1":"{SECRET}"}}"#),
            format!(r#"{{"+1":"{SECRET}"}}"#),
            format!(r#"{{"1.5":"{SECRET}"}}"#),
            format!(r#"{{"local":"{SECRET}"}}"#),
            format!(r#"{{"99999999999999999999":"{SECRET}"}}"#),
        ] {
            assert!(KeySet::parse(&text).is_none(), "{text}");
        }
    }
}
